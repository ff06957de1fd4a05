package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordCursorTest {

    private record Seen(int offsetDelta, long timestampMs, boolean hasKey) {}

    private static List<Seen> walk(ByteBuffer batch) throws MalformedRecordsException {
        var seen = new ArrayList<Seen>();
        try (RecordCursor cursor = RecordCursor.of(batch, batch.position())) {
            while (cursor.next()) {
                seen.add(new Seen(cursor.offsetDelta(), cursor.timestampMs(), cursor.hasKey()));
            }
        }
        return seen;
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void walksRecordsOfEachCompression(CompressionType type) throws Exception {
        SimpleRecord[] records = IntStream.range(0, 3_000)
                .mapToObj(i -> Batches.record(Batches.T0 - 7L * i, i % 3 == 0 ? null : "k" + i, "v".repeat(i)))
                .toArray(SimpleRecord[]::new);

        List<Seen> seen = walk(Batches.batch(Compression.of(type).build(), records));

        assertThat(seen).hasSize(records.length);
        for (int i = 0; i < records.length; i++) {
            assertThat(seen.get(i)).isEqualTo(new Seen(i, Batches.T0 - 7L * i, i % 3 != 0));
        }
    }

    @Test
    void givesEveryRecordTheLogAppendTime() throws Exception {
        ByteBuffer batch = Batches.batch(2);
        RecordBatchHeader.setMaxTimestamp(batch, 0, TimestampType.LOG_APPEND_TIME, 42);

        assertThat(walk(batch)).extracting(Seen::timestampMs).containsExactly(42L, 42L);
    }

    @Test
    void noticesWhenTheBatchHasMoreOrFewerRecordsThanItSays() {
        for (CompressionType type : CompressionType.values()) {
            for (int count : new int[] {1, 4, Integer.MAX_VALUE}) {
                ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.records(3));
                batch.putInt(RecordBatchHeader.COUNT, count);
                assertThatThrownBy(() -> walk(batch))
                        .as("%s, %d", type, count)
                        .isInstanceOf(MalformedRecordsException.class);
            }
        }
    }

    @Test
    void noticesEachCut() {
        for (CompressionType type : CompressionType.values()) {
            ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.records(3));
            // gzip and zstd may have given all records before their own last bytes, which only close the stream
            int mustNotice = type == CompressionType.NONE ? batch.limit() : batch.limit() - 24;
            for (int size = RecordBatchHeader.SIZE; size < mustNotice; size++) {
                ByteBuffer cut = Batches.copy(batch).limit(size);
                cut.putInt(RecordBatchHeader.LENGTH, size - RecordBatchHeader.LENGTH_OVERHEAD);
                assertThatThrownBy(() -> walk(cut))
                        .as("%s cut at %d of %d", type, size, batch.limit())
                        .isInstanceOf(MalformedRecordsException.class);
            }
        }
    }

    /** The decompressor would allocate whatever is claimed here. */
    @Test
    void refusesSnappyBlocksThatClaimMoreThanTheyCanHold() {
        ByteBuffer batch = Batches.batch(Compression.snappy().build(), Batches.records(3));
        int firstLength = RecordBatchHeader.SIZE + 16;
        for (int length : new int[] {-1, Integer.MIN_VALUE, 500_000_000, Integer.MAX_VALUE}) {
            ByteBuffer damaged = Batches.copy(batch).putInt(firstLength, length);
            assertThatThrownBy(() -> walk(damaged)).hasMessageContaining("snappy");
        }
        ByteBuffer bomb = Batches.copy(batch).putInt(firstLength + 4, 0xffffff7f);
        assertThatThrownBy(() -> walk(bomb)).hasMessageContaining("snappy");
        ByteBuffer unframed = Batches.copy(batch).putLong(RecordBatchHeader.SIZE, 0xffffff7f_00000000L);
        assertThatThrownBy(() -> walk(unframed)).hasMessageContaining("snappy");
    }

    /** Whatever the bytes are, the walk ends, and with nothing else than its own exception. */
    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void survivesAnyBytes(CompressionType type) {
        long seed = System.nanoTime();
        var random = new Random(seed);
        ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.records(5));
        for (int run = 0; run < 2_000; run++) {
            ByteBuffer damaged = Batches.copy(batch);
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = RecordBatchHeader.SIZE + random.nextInt(batch.limit() - RecordBatchHeader.SIZE);
                damaged.put(at, (byte) random.nextInt(256));
            }
            try {
                assertThat(walk(damaged)).hasSize(5);
            } catch (MalformedRecordsException expected) {
                assertThat(expected.what()).as("seed %d", seed).isNotEmpty();
            }
        }
    }
}
