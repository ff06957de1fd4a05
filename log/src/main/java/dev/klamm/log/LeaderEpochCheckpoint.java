package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code leader-epoch-checkpoint} in a partition's directory: with which offset each leader epoch began (KIP-101), as
 * lines {@code epoch start-offset} in the form of {@link CheckpointLines}. Both numbers grow from line to line.
 */
final class LeaderEpochCheckpoint {
    static final String FILE_NAME = "leader-epoch-checkpoint";

    private LeaderEpochCheckpoint() {}

    /** The first offset that was written in this epoch. */
    record EpochStart(int leaderEpoch, long startOffset) {}

    /** Durable when it returns. */
    static void write(Storage storage, Path partitionDirectory, List<EpochStart> epochs) throws IOException {
        List<String> lines = epochs.stream()
                .map(epoch -> epoch.leaderEpoch() + " " + epoch.startOffset())
                .toList();
        CheckpointLines.write(storage, partitionDirectory.resolve(FILE_NAME), lines);
    }

    /**
     * Reads the epochs in the order of their offsets; none if there is no file.
     *
     * @throws GarbledFileException if the file is not as described above: scan the batches' leader epochs then
     */
    static List<EpochStart> read(Storage storage, Path partitionDirectory) throws IOException {
        Path path = partitionDirectory.resolve(FILE_NAME);
        if (!storage.exists(path)) {
            return List.of();
        }
        var epochs = new ArrayList<EpochStart>();
        for (CheckpointLines.Line line : CheckpointLines.read(storage, path, 2)) {
            var next = new EpochStart(line.number(0), line.longNumber(1));
            if (next.leaderEpoch < 0
                    || next.startOffset < 0
                    || (!epochs.isEmpty() && !follows(next, epochs.getLast()))) {
                throw new GarbledFileException(path, "epochs and offsets do not grow at " + next);
            }
            epochs.add(next);
        }
        return epochs;
    }

    private static boolean follows(EpochStart next, EpochStart last) {
        return next.leaderEpoch > last.leaderEpoch && next.startOffset >= last.startOffset;
    }
}
