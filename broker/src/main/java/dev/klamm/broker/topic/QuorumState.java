package dev.klamm.broker.topic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file in which Kafka's Raft keeps its epoch. Klamm has no elections and writes none: a Kafka that takes over begins
 * with the epoch of the log's last batch. But where a Kafka was before, its epoch is gone on with.
 */
final class QuorumState {
    private static final int FIRST_EPOCH = 1;
    private static final Pattern LEADER_EPOCH = Pattern.compile("\"leaderEpoch\"\\s*:\\s*([0-9]{1,9})");

    private QuorumState() {}

    static int leaderEpoch(Path directory) throws IOException {
        Path file = directory.resolve("__cluster_metadata-0").resolve("quorum-state");
        if (!Files.exists(file)) {
            return FIRST_EPOCH;
        }
        Matcher matcher = LEADER_EPOCH.matcher(Files.readString(file));
        return matcher.find() ? Math.max(FIRST_EPOCH, Integer.parseInt(matcher.group(1))) : FIRST_EPOCH;
    }
}
