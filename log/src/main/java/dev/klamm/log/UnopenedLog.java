package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What retention needs to know of a log that nobody has used yet, without opening it: one look at its directory and at the
 * newest timestamp of its first segment. Nothing changes before somebody opens the log, so that the answer holds until
 * the first segment is too old, or the settings are others. Guarded by the log's flush lock.
 */
final class UnopenedLog {
    private final Logs logs;
    private final LogId id;
    private LogConfig.@Nullable Cleanup lookedWith;
    private long expiresMs;

    UnopenedLog(Logs logs, LogId id) {
        this.logs = logs;
        this.id = id;
    }

    /** Whether there is something that may go, and so reason to open the log. */
    boolean hasExpired(LogConfig.Cleanup cleanup, long nowMs) throws IOException {
        if (!cleanup.equals(lookedWith)) {
            expiresMs = look(cleanup);
            lookedWith = cleanup;
        }
        return nowMs > expiresMs;
    }

    /** When the first segment may go; the end of time if never, or its beginning. */
    private long look(LogConfig.Cleanup cleanup) throws IOException {
        Path directory = logs.root().resolve(id.directoryName());
        List<Segment> segments =
                Segments.in(logs.storage(), directory, logs.nowMs()).all();
        if (segments.isEmpty()) {
            return Long.MAX_VALUE;
        }
        Segment first = segments.getFirst();
        boolean isAlone = segments.size() == 1;
        if (!isAlone && segments.get(1).baseOffset() <= logs.checkpointedLogStart(id)) {
            return Long.MIN_VALUE;
        }
        try {
            if (cleanup.delete() && cleanup.retentionBytes() >= 0 && isBeyond(cleanup.retentionBytes(), segments)) {
                return Long.MIN_VALUE;
            }
            if (!cleanup.delete() || cleanup.retentionMs() < 0 || (isAlone && first.sizeBytes() == 0)) {
                return Long.MAX_VALUE;
            }
            long newestMs = first.newestMs();
            return newestMs > Long.MAX_VALUE - cleanup.retentionMs()
                    ? Long.MAX_VALUE
                    : newestMs + cleanup.retentionMs();
        } finally {
            first.close();
        }
    }

    private static boolean isBeyond(long bytes, List<Segment> segments) throws IOException {
        long left = -bytes;
        for (Segment segment : segments.subList(1, segments.size())) {
            left += segment.sizeBytes();
        }
        return left >= 0 && segments.getFirst().sizeBytes() > 0;
    }
}
