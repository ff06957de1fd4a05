package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.LogConfig.Cleanup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a batch has to go to a new segment. */
class SegmentRollTest {
    private static final long T0 = 1_000_000;

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();

    private static LogConfig config(long segmentMs, long jitterMs, int indexBytes, Cleanup cleanup) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                d.segmentBytes(),
                segmentMs,
                jitterMs,
                indexBytes,
                0,
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                cleanup,
                0,
                1,
                Long.MAX_VALUE,
                null);
    }

    private static ByteBuffer batch(long timestampMs, long offset) {
        ByteBuffer batch = Batches.batch(Compression.NONE, new SimpleRecord(timestampMs, new byte[40]));
        RecordBatchHeader.assignOffsets(batch, offset, 0);
        return batch;
    }

    private Segment segmentWithOneBatch(long baseOffset, long timestampMs) throws IOException {
        Segment segment = Segment.create(storage, directory, baseOffset, T0);
        append(segment, timestampMs, baseOffset);
        return segment;
    }

    private static void append(Segment segment, long timestampMs, long offset) throws IOException {
        WriteBuffer buffer = new WriteBuffer();
        segment.beginAppend(buffer);
        segment.append(Tail.Piece.of(batch(timestampMs, offset), 0), buffer, 0);
        segment.finishAppend(buffer);
    }

    private static boolean mustRoll(Segment segment, long offset, long timestampMs, LogConfig config)
            throws IOException {
        return segment.mustRollFor(Tail.Piece.of(batch(timestampMs, offset), 0), config, T0);
    }

    @Test
    void eachSegmentTakesItsOwnRandomPartOfTheJitterOffItsAge() throws IOException {
        LogConfig config = config(1000, 500, 1 << 20, Cleanup.DEFAULT);
        Set<Long> ages = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            Segment segment = segmentWithOneBatch(i, T0);
            long ageMs = 400;
            while (!mustRoll(segment, i + 1, T0 + ageMs, config)) {
                ageMs++;
            }
            assertThat(ageMs).isBetween(502L, 1001L);
            assertThat(mustRoll(segment, i + 1, T0 + ageMs, config))
                    .as("the same again")
                    .isTrue();
            ages.add(ageMs);
            segment.close();
        }

        assertThat(ages).hasSizeGreaterThan(20);
    }

    @Test
    void withoutJitterAnAgeOfSegmentMsIsNotYetTooOld() throws IOException {
        Segment segment = segmentWithOneBatch(0, T0);
        LogConfig config = config(1000, 0, 1 << 20, Cleanup.DEFAULT);

        assertThat(mustRoll(segment, 1, T0 + 1000, config)).isFalse();
        assertThat(mustRoll(segment, 1, T0 + 1001, config)).isTrue();
        segment.close();
    }

    @Test
    void aSegmentOfACompactedLogGetsNoOlderThanWhatMayStayUncompacted() throws IOException {
        Segment segment = segmentWithOneBatch(0, T0);
        Cleanup compact = new Cleanup(true, false, -1, -1, 0, 0.5, 0, 200);
        Cleanup delete = new Cleanup(false, true, -1, -1, 0, 0.5, 0, 200);

        assertThat(mustRoll(segment, 1, T0 + 201, config(1000, 0, 1 << 20, compact)))
                .isTrue();
        assertThat(mustRoll(segment, 1, T0 + 201, config(1000, 0, 1 << 20, delete)))
                .isFalse();
        segment.close();
    }

    @Test
    void aBatchThatAnIndexHasNoRoomForGoesToTheNextSegment() throws IOException {
        // Ten entries of the offset index; five of the time index, and one to complete it.
        LogConfig config = config(Long.MAX_VALUE, 0, 80, Cleanup.DEFAULT);
        Segment rising = segmentWithOneBatch(0, T0);
        Segment level = segmentWithOneBatch(1000, T0);

        assertThat(fill(rising, config, 1)).isEqualTo(6);
        assertThat(fill(level, config, 0)).isEqualTo(11);
        assertThat(Files.size(directory.resolve(Segment.fileName(1000, ".index"))))
                .isEqualTo(80);
        rising.close();
        level.close();
    }

    /** Returns how many batches went into the segment. The first one has no entry in an index. */
    private static int fill(Segment segment, LogConfig config, long stepMs) throws IOException {
        int count = 1;
        long offset = segment.baseOffset() + 1;
        while (!mustRoll(segment, offset, T0 + count * stepMs, config)) {
            append(segment, T0 + count * stepMs, offset);
            offset++;
            count++;
        }
        return count;
    }
}
