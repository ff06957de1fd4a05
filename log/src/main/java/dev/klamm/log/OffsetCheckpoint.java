package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * An offset for each of many partitions, in the root of the data directory, as lines {@code topic partition offset} in
 * the form of {@link CheckpointLines}.
 */
final class OffsetCheckpoint {

    /** Up to where the segment files are known to be on disk (exclusive). */
    static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";

    /** The first offset kept, where it is not the base of the first segment. */
    static final String LOG_STARTS = "log-start-offset-checkpoint";

    private OffsetCheckpoint() {}

    /** Durable when it returns. {@code fileName} is one of the names above. */
    static void write(Storage storage, Path directory, String fileName, Map<TopicPartition, Long> offsets)
            throws IOException {
        var lines = new ArrayList<String>(offsets.size());
        offsets.forEach(
                (partition, offset) -> lines.add(partition.topic() + " " + partition.partition() + " " + offset));
        CheckpointLines.write(storage, directory.resolve(fileName), lines);
    }

    /**
     * Reads the offsets into a map that may be changed; empty if there is no file.
     *
     * @throws GarbledFileException if the file is not as described above
     */
    static Map<TopicPartition, Long> read(Storage storage, Path directory, String fileName) throws IOException {
        Path path = directory.resolve(fileName);
        var offsets = new HashMap<TopicPartition, Long>();
        if (!storage.exists(path)) {
            return offsets;
        }
        for (CheckpointLines.Line line : CheckpointLines.read(storage, path, 3)) {
            int partition = line.number(1);
            long offset = line.longNumber(2);
            if (partition < 0 || offset < 0) {
                throw new GarbledFileException(path, "negative partition or offset of " + line.text(0));
            }
            offsets.put(new TopicPartition(line.text(0), partition), offset);
        }
        return offsets;
    }
}
