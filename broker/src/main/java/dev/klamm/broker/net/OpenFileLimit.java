package dev.klamm.broker.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections the system lets this process have. */
final class OpenFileLimit {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFileLimit.class);

    /** Does not match "unlimited". */
    private static final Pattern SOFT_LIMIT = Pattern.compile("Max open files +(\\d+)");

    /** What the JVM gets where it does not say: the limit of macOS for one process. */
    private static final int ELSEWHERE = 10_240;

    private OpenFileLimit() {}

    /** A quarter of the open files that the process may have are kept for segments, the rest may be connections. */
    static int maxConnections() {
        int files = openFiles();
        return files - files / 4;
    }

    private static int openFiles() {
        Path limits = Path.of("/proc/self/limits");
        if (!Files.exists(limits)) {
            return ELSEWHERE;
        }
        try {
            Matcher soft = SOFT_LIMIT.matcher(Files.readString(limits));
            return soft.find() ? Integer.parseInt(soft.group(1)) : Integer.MAX_VALUE;
        } catch (IOException | NumberFormatException unreadable) {
            LOG.debug("{} can't be read", limits, unreadable);
            return ELSEWHERE;
        }
    }
}
