package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** A segment that is read while it grows, in many orders of the two threads' steps. */
class SegmentTurnsTest {
    private static final Path DIRECTORY = Path.of("/data");

    @Test
    void theGreatestTimestampIsThatOfTheNewestBatchThoughAReaderAskedBeforeItCame() throws Exception {
        for (long seed = 0; seed < 100; seed++) {
            Turns turns = new Turns(new Random(seed));
            SimulatedDisk disk = new SimulatedDisk(new Random(seed), Turns::pass);
            turns.run(() -> {
                Storage storage = disk.boot();
                storage.createDirectories(DIRECTORY);
                append(Segment.create(storage, DIRECTORY, 0, 0), 0, 1000);
                // Opened anew, it does not know its greatest timestamp.
                Segment segment = Segment.existing(storage, DIRECTORY, 0, 0);
                segment.belongsTo(new Segment.Owner(0, 100, (_, _) -> {}, _ -> List.of()));
                Thread reader = turns.threads().newThread(() -> ask(segment));
                reader.start();
                append(segment, 1, 2000);
                reader.join();
                assertThat(segment.max()).isEqualTo(new PartitionLog.TimestampedOffset(2000, 1));
            });
        }
    }

    private static void ask(Segment segment) {
        try {
            segment.max();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void append(Segment segment, long offset, long timestampMs) throws IOException {
        ByteBuffer batch = Batches.batch(Compression.NONE, new SimpleRecord(timestampMs, new byte[10]));
        RecordBatchHeader.assignOffsets(batch, offset, 0);
        WriteBuffer buffer = new WriteBuffer();
        segment.beginAppend(buffer);
        segment.append(Tail.Piece.of(batch, 0), buffer, 100);
        segment.finishAppend(buffer);
    }
}
