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
import java.util.Arrays;
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
            segment.append(batch, buffer, INTERVAL);
        }
        segment.finishAppend(buffer);
    }

    private Path file(String suffix) {
        return directory.resolve(Segment.fileName(BASE, suffix));
    }

    private Segment reopened() throws IOException {
        segment.close();
        segment = Segment.existing(storage, directory, BASE, 0);
        return segment;
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
                assertThat(segment.find(BASE + i)).contains(new Segment.Place((long) (i / 2) * batchBytes, batchBytes));
            }
            assertThat(segment.find(BASE + 2 * BATCHES)).isEmpty();
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

        Segment.ScanEnd end = again.findEnd();

        assertThat(end.endOffset()).isEqualTo(BASE + 2 * BATCHES);
        assertThat(end.isWhole()).isTrue();
        assertThat(again.max()).isEqualTo(new TimestampedOffset(1010 + 20L * (BATCHES - 1), BASE + 2 * BATCHES - 1));
    }

    @Test
    void rebuildingMakesTheSameIndexesWhateverWasInThem() throws IOException {
        byte[] offsets = Files.readAllBytes(file(".index"));
        byte[] times = Files.readAllBytes(file(".timeindex"));
        segment.close();
        for (byte garbage : new byte[] {0, 1, -1, 0x7f}) {
            Files.write(file(".index"), filled(offsets.length + 3, garbage));
            Files.write(file(".timeindex"), filled(times.length + 5, garbage));

            assertThat(reopened().rebuild(Long.MAX_VALUE, true, INTERVAL).endOffset())
                    .isEqualTo(BASE + 2 * BATCHES);

            assertThat(Files.readAllBytes(file(".index"))).isEqualTo(offsets);
            assertThat(Files.readAllBytes(file(".timeindex"))).isEqualTo(times);
        }
    }

    private static byte[] filled(int size, byte value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, value);
        return bytes;
    }

    @Test
    void rebuildingCutsAtEachLimitAndAtATornEnd() throws IOException {
        byte[] whole = Files.readAllBytes(file(".log"));
        for (int kept = BATCHES; kept > 0; kept -= 7) {
            Segment.ScanEnd end = reopened().rebuild(BASE + 2L * kept, false, INTERVAL);

            assertThat(end).isEqualTo(new Segment.ScanEnd(BASE + 2L * kept, (long) kept * batchBytes, true));
            assertThat(Files.size(file(".log"))).isEqualTo((long) kept * batchBytes);
        }
        for (int size = batchBytes; size < 2 * batchBytes; size++) {
            segment.close();
            Files.write(file(".log"), Arrays.copyOf(whole, size));
            assertThat(reopened().rebuild(Long.MAX_VALUE, true, INTERVAL).endOffset())
                    .isEqualTo(BASE + 2);
            assertThat(Files.size(file(".log"))).isEqualTo(batchBytes);
        }
    }

    @Test
    void whatLiesBehindADamageIsNotCutIfItWasSynced() throws IOException {
        damageLengthOfBatch(10);

        Segment.ScanEnd end = reopened().rebuild(BASE + 60, false, INTERVAL);

        assertThat(end).isEqualTo(new Segment.ScanEnd(BASE + 20, 10L * batchBytes, false));
        assertThat(Files.size(file(".log"))).isEqualTo((long) BATCHES * batchBytes);
        assertThat(segment.find(BASE + 19)).isPresent();
    }

    @Test
    void aReadIntoADamageFailsAndSkipsNothing() throws IOException {
        segment.close();
        Files.delete(file(".index"));
        damageLengthOfBatch(10);
        Segment again = reopened();

        assertThat(again.find(BASE + 19)).isPresent();
        assertThatThrownBy(() -> again.find(BASE + 20))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged at byte " + 10 * batchBytes);
    }
}
