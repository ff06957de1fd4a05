package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.storage.internals.log.OffsetIndex;
import org.apache.kafka.storage.internals.log.TimeIndex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segment files on the real disk; the indexes are read by Kafka's own classes. */
class SegmentTest {
    private static final long BASE = 100;
    private static final int INTERVAL = 300;
    private static final int BATCHES = 50;

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();
    private Segment segment;
    private int batchBytes;

    /** Batches of two records each, at offsets 100 and on; their timestamps rise by 20 ms a batch. */
    @BeforeEach
    void write() throws IOException {
        segment = Segment.create(storage, directory, BASE, 0);
        WriteBuffer buffer = new WriteBuffer();
        segment.beginAppend(buffer);
        for (int i = 0; i < BATCHES; i++) {
            ByteBuffer batch = Batches.batch(
                    Compression.NONE,
                    new SimpleRecord(1000 + 20L * i, new byte[40]),
                    new SimpleRecord(1010 + 20L * i, new byte[40]));
            RecordBatchHeader.assignOffsets(batch, BASE + 2L * i, 0);
            batchBytes = batch.remaining();
            segment.append(Tail.Piece.of(batch, 0), buffer, INTERVAL);
        }
        segment.finishAppend(buffer);
    }

    private Path file(String suffix) {
        return directory.resolve(Segment.fileName(BASE, suffix));
    }

    private Segment reopened() throws IOException {
        segment.close();
        segment = Segment.existing(storage, directory, BASE, 0);
        segment.belongsTo(new Segment.Owner(0, INTERVAL, (_, _) -> {}, _ -> List.of()));
        return segment;
    }

    private SegmentReads.Batches batches(int first, int count) {
        return new SegmentReads.Batches(
                BASE + 2L * first, (long) first * batchBytes, count * batchBytes, BASE + 2L * (first + count));
    }

    private void damageLengthOfBatch(int batch) throws IOException {
        try (FileChannel channel = FileChannel.open(file(".log"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}), (long) batch * batchBytes + 8);
        }
    }

    @Test
    void eachOffsetIsFoundInItsBatch() throws IOException {
        for (int restart = 0; restart < 2; restart++) {
            for (int i = 0; i < 2 * BATCHES; i++) {
                assertThat(segment.read(BASE + i, 1, true, Long.MAX_VALUE)).isEqualTo(batches(i / 2, 1));
            }
            assertThat(segment.read(BASE + 2 * BATCHES, 1, true, Long.MAX_VALUE))
                    .isEqualTo(new SegmentReads.Nothing());
            reopened();
        }
    }

    @Test
    void kafkaReadsTheIndexesAsItsOwn() throws IOException {
        segment.seal();
        segment.close();

        File offsets = file(".index").toFile();
        try (OffsetIndex kafkas = new OffsetIndex(offsets, BASE, (int) offsets.length(), false)) {
            kafkas.sanityCheck();
            assertThat(kafkas.entries()).isBetween(BATCHES / 3, BATCHES / 2);
            for (int i = 0; i < 2 * BATCHES; i++) {
                int position = kafkas.lookup(BASE + i).position();
                assertThat(position % batchBytes).isZero();
                assertThat(position).isLessThanOrEqualTo(i / 2 * batchBytes);
            }
        }
        File times = file(".timeindex").toFile();
        try (TimeIndex kafkas = new TimeIndex(times, BASE, (int) times.length(), false)) {
            kafkas.sanityCheck();
            assertThat(kafkas.lastEntry().timestamp()).isEqualTo(1010 + 20L * (BATCHES - 1));
            assertThat(kafkas.lastEntry().offset()).isEqualTo(BASE + 2 * BATCHES - 1);
        }
    }

    @Test
    void recordsAreFoundByTimeWithAndWithoutIndexes() throws IOException {
        for (int restart = 0; restart < 2; restart++) {
            for (long timestampMs = 990; timestampMs <= 1010 + 20 * (BATCHES - 1); timestampMs += 7) {
                long steps = Math.max(0, (timestampMs - 1000 + 9) / 10);
                assertThat(segment.firstAtOrAfter(timestampMs, 0))
                        .contains(new TimestampedOffset(1000 + 10 * steps, BASE + steps));
            }
            assertThat(segment.firstAtOrAfter(Long.MIN_VALUE, 0)).contains(new TimestampedOffset(1000, BASE));
            assertThat(segment.firstAtOrAfter(1010 + 20L * BATCHES, 0)).isEmpty();
            segment.close();
            Files.delete(file(".index"));
            Files.delete(file(".timeindex"));
            reopened();
        }
    }

    @Test
    void theGreatestTimestampIsKnownAgainWithoutASeal() throws IOException {
        Segment again = reopened();

        SegmentReads.Scan scan = again.scan(Long.MAX_VALUE, Long.MAX_VALUE);

        long size = (long) BATCHES * batchBytes;
        assertThat(scan).isEqualTo(new SegmentReads.Scan(BASE + 2 * BATCHES, size, size, List.of()));
        assertThat(again.max()).isEqualTo(new TimestampedOffset(1010 + 20L * (BATCHES - 1), BASE + 2 * BATCHES - 1));
    }

    @Test
    void indexesThatAreWrongAreMadeAnewWhateverIsInThem() throws IOException {
        segment.seal();
        byte[] offsets = Files.readAllBytes(file(".index"));
        byte[] times = Files.readAllBytes(file(".timeindex"));
        segment.close();
        for (byte garbage : new byte[] {0, 1, -1, 0x7f}) {
            Files.write(file(".index"), filled(offsets.length + 3, garbage));
            Files.write(file(".timeindex"), filled(times.length + 5, garbage));
            reopened();

            assertThat(segment.read(BASE + 51, 1, true, Long.MAX_VALUE)).isEqualTo(batches(25, 1));
            assertThat(segment.max()).isEqualTo(new TimestampedOffset(1010 + 20L * (BATCHES - 1), BASE + 99));
            assertThat(segment.firstAtOrAfter(1500, 0)).contains(new TimestampedOffset(1500, BASE + 50));

            segment.sync();
            assertThat(Files.readAllBytes(file(".index"))).isEqualTo(offsets);
            assertThat(Files.readAllBytes(file(".timeindex"))).isEqualTo(times);
        }
    }

    @Test
    void missingIndexesAreMadeAnew() throws IOException {
        segment.seal();
        byte[] offsets = Files.readAllBytes(file(".index"));
        byte[] times = Files.readAllBytes(file(".timeindex"));
        segment.close();
        Files.delete(file(".index"));
        Files.delete(file(".timeindex"));

        reopened().read(BASE + 99, 1, true, Long.MAX_VALUE);

        assertThat(Files.readAllBytes(file(".index"))).isEqualTo(offsets);
        assertThat(Files.readAllBytes(file(".timeindex"))).isEqualTo(times);
    }

    private static byte[] filled(int size, byte value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, value);
        return bytes;
    }

    @Test
    void eachByteOfAnIndexMayBeWrongAndEachAnswerIsRight() throws IOException {
        segment.seal();
        segment.close();
        for (String suffix : new String[] {".index", ".timeindex"}) {
            byte[] whole = Files.readAllBytes(file(suffix));
            for (int at = 0; at < whole.length; at++) {
                for (int flip : new int[] {1, 0x80}) {
                    byte[] bytes = whole.clone();
                    bytes[at] ^= (byte) flip;
                    Files.write(file(suffix), bytes);
                    assertAnswersAreRight(reopened());
                }
            }
            for (int size = 0; size < whole.length; size++) {
                Files.write(file(suffix), Arrays.copyOf(whole, size));
                assertAnswersAreRight(reopened());
            }
            Files.write(file(suffix), whole);
        }
    }

    private void assertAnswersAreRight(Segment segment) throws IOException {
        for (int i = 0; i < 2 * BATCHES; i += 7) {
            assertThat(segment.read(BASE + i, 1, true, Long.MAX_VALUE)).isEqualTo(batches(i / 2, 1));
            assertThat(segment.firstAtOrAfter(1000 + 10L * i, 0))
                    .contains(new TimestampedOffset(1000 + 10L * i, BASE + i));
        }
        assertThat(segment.max()).isEqualTo(new TimestampedOffset(1010 + 20L * (BATCHES - 1), BASE + 99));
        segment.close();
    }

    @Test
    void readsEndWithAWholeBatchAndFillWhatTheyMay() throws IOException {
        for (int round = 0; round < 3; round++) {
            for (int maxBytes = 1; maxBytes < 7 * batchBytes; maxBytes += 31) {
                int whole = Math.max(1, maxBytes / batchBytes);
                for (int i = 0; i + whole < BATCHES; i += 5) {
                    assertThat(segment.read(BASE + 2L * i, maxBytes, true, Long.MAX_VALUE))
                            .isEqualTo(batches(i, whole));
                }
            }
            assertThat(segment.read(BASE + 7, batchBytes - 1, false, Long.MAX_VALUE))
                    .isEqualTo(batches(3, 0));
        }
    }

    @Test
    void aCutLeavesWhatIsBefore() throws IOException {
        for (int kept = BATCHES; kept > 0; kept -= 7) {
            Segment again = reopened();

            again.cut((long) kept * batchBytes, BASE + 2L * kept);

            assertThat(Files.size(file(".log"))).isEqualTo((long) kept * batchBytes);
            assertThat(again.max()).isEqualTo(new TimestampedOffset(990 + 20L * kept, BASE + 2L * kept - 1));
            assertThat(again.read(BASE + 2L * kept - 1, 1, true, Long.MAX_VALUE))
                    .isEqualTo(batches(kept - 1, 1));
            assertThat(again.read(BASE + 2L * kept, 1, true, Long.MAX_VALUE)).isEqualTo(new SegmentReads.Nothing());
        }
    }

    /** A flip of any byte: what is read is what was written, or the damage is told, and the rest can be read. */
    @Test
    void eachByteOfTheLogMayBeWrongAndOnlyItsBatchIsLost() throws IOException {
        segment.close();
        byte[] whole = Files.readAllBytes(file(".log"));
        for (int at = 0; at < whole.length; at += 13) {
            byte[] bytes = whole.clone();
            bytes[at] ^= 0x20;
            Files.write(file(".log"), bytes);
            Segment again = reopened();
            again.endsAt(BASE + 2 * BATCHES);
            int batch = at / batchBytes;
            for (int i = 0; i < BATCHES; i++) {
                SegmentReads.Found found = again.read(BASE + 2L * i + 1, 3 * batchBytes, true, Long.MAX_VALUE);
                if (i == batch) {
                    DamagedRange range = ((SegmentReads.Damaged) found).range();
                    assertThat(range.firstOffset()).as("byte %d", at).isEqualTo(BASE + 2L * i);
                    assertThat(range.lastOffset()).as("byte %d", at).isEqualTo(BASE + 2L * i + 1);
                } else {
                    int good = Math.min(3, (i < batch ? batch : BATCHES) - i);
                    assertThat(found).as("byte %d, batch %d", at, i).isEqualTo(batches(i, good));
                }
            }
            again.close();
        }
    }

    @Test
    void aReadIntoADamageFailsAndOneBehindItGoesOn() throws IOException {
        segment.close();
        Files.delete(file(".index"));
        damageLengthOfBatch(10);
        List<DamagedRange> told = new ArrayList<>();
        Segment again = reopened();
        again.belongsTo(new Segment.Owner(0, INTERVAL, (_, damaged) -> told.add(damaged), _ -> List.of()));

        assertThat(again.read(BASE + 19, 1, true, Long.MAX_VALUE)).isInstanceOf(SegmentReads.Batches.class);
        SegmentReads.Found found = again.read(BASE + 20, 1, true, Long.MAX_VALUE);
        assertThat(again.read(BASE + 22, 1, true, Long.MAX_VALUE)).isEqualTo(batches(11, 1));

        DamagedRange range =
                new DamagedRange(BASE + 20, BASE + 21, 10L * batchBytes, 11L * batchBytes, "the length is -1");
        assertThat(found).isEqualTo(new SegmentReads.Damaged(range));
        assertThat(told).isNotEmpty().containsOnly(range);
        assertThatThrownBy(() -> again.firstAtOrAfter(1000 + 200, 0))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("offsets 120 to 121 are damaged");
    }
}
