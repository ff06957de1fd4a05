package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.SegmentCheck.Bounds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segment files on the real disk, damaged in every way that one byte can be, and some more. */
class SegmentCheckTest {
    private static final long BASE = 100;
    private static final int BATCHES = 5;
    private static final int RECORDS = 2;
    private static final long END = BASE + BATCHES * RECORDS;
    private static final Bounds BOUNDS = new Bounds(BASE, END, 3);

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();

    /** Batches of some records each, one after the other from {@code baseOffset} on. */
    private static ByteBuffer batches(long baseOffset, int count) {
        ByteBuffer[] batches = new ByteBuffer[count];
        Arrays.setAll(batches, _ -> Batches.batch(RECORDS));
        ByteBuffer all = Batches.concat(batches);
        RecordBatchHeader.assignOffsets(all, baseOffset, 3);
        return all;
    }

    private static int batchBytes() {
        return Batches.batch(RECORDS).remaining();
    }

    private List<DamagedRange> check(byte[] bytes, Bounds bounds) throws IOException {
        return check(bytes, bounds, SegmentCheck.BUFFER_BYTES);
    }

    private List<DamagedRange> check(byte[] bytes, Bounds bounds, int bufferBytes) throws IOException {
        Path path = Files.write(directory.resolve("segment.log"), bytes);
        try (Storage.File file = storage.openForReading(path)) {
            SegmentCheck check = new SegmentCheck(file, bounds, bytes.length, ByteBuffer.allocate(bufferBytes));
            List<DamagedRange> damaged = new ArrayList<>();
            while (check.next()) {
                DamagedRange found = check.damaged();
                if (found != null) {
                    damaged.add(found);
                }
            }
            return damaged;
        }
    }

    private static DamagedRange without(String what, DamagedRange range) {
        return new DamagedRange(range.firstOffset(), range.lastOffset(), range.from(), range.to(), what);
    }

    private static DamagedRange range(int firstBatch, int lastBatch) {
        int size = batchBytes();
        return new DamagedRange(
                BASE + (long) firstBatch * RECORDS,
                BASE + (long) (lastBatch + 1) * RECORDS - 1,
                (long) firstBatch * size,
                (long) (lastBatch + 1) * size,
                "");
    }

    @Test
    void eachDamagedByteIsFoundInExactlyItsBatch() throws IOException {
        byte[] whole = batches(BASE, BATCHES).array();
        assertThat(check(whole, BOUNDS)).isEmpty();
        for (int at = 0; at < whole.length; at++) {
            for (int flip : new int[] {1, 0x80}) {
                byte[] bytes = whole.clone();
                bytes[at] ^= (byte) flip;
                boolean isLowerEpoch = at % batchBytes() == RecordBatchHeader.LEADER_EPOCH + 3 && flip == 1;
                int batch = at / batchBytes();

                List<DamagedRange> damaged = check(bytes, BOUNDS);

                if (!isLowerEpoch) {
                    assertThat(damaged).as("byte %d, flipped %x", at, flip).hasSize(1);
                    assertThat(without("", damaged.getFirst()))
                            .as("byte %d, flipped %x", at, flip)
                            .isEqualTo(range(batch, batch));
                }
            }
        }
    }

    @Test
    void aFileCutAtEachByteLacksExactlyWhatWasCut() throws IOException {
        byte[] whole = batches(BASE, BATCHES).array();
        for (int size = 0; size < whole.length; size++) {
            List<DamagedRange> damaged = check(Arrays.copyOf(whole, size), BOUNDS);

            int batch = size / batchBytes();
            if (size % batchBytes() == 0) {
                assertThat(damaged).isEmpty();
            } else {
                assertThat(damaged).hasSize(1);
                assertThat(damaged.getFirst().firstOffset()).isEqualTo(BASE + (long) batch * RECORDS);
                assertThat(damaged.getFirst().lastOffset()).isEqualTo(END - 1);
            }
        }
    }

    @Test
    void severalDamagedBatchesInARowAreOneRangeAndOthersAreFoundBehindIt() throws IOException {
        byte[] bytes = batches(BASE, BATCHES).array();
        Arrays.fill(bytes, batchBytes() + 5, 3 * batchBytes() - 7, (byte) 0);
        bytes[4 * batchBytes() + 70] ^= 1;

        List<DamagedRange> damaged = check(bytes, BOUNDS);

        assertThat(damaged).map(each -> without("", each)).containsExactly(range(1, 2), range(4, 4));
        assertThat(damaged.getLast().what()).isEqualTo("the CRC is wrong");
    }

    @Test
    void batchesLargerThanTheBufferAreVerifiedPieceByPiece() throws IOException {
        byte[] bytes = batches(BASE, BATCHES).array();
        assertThat(check(bytes, BOUNDS, RecordBatchHeader.SIZE)).isEmpty();

        bytes[2 * batchBytes() + 8] ^= 0x40;

        assertThat(check(bytes, BOUNDS, RecordBatchHeader.SIZE))
                .map(each -> without("", each))
                .containsExactly(range(2, 2));
    }

    @Test
    void gapsThatCompactionLeavesAreNoDamage() throws IOException {
        byte[] bytes = Batches.concat(batches(BASE + 10, 2), batches(BASE + 100, 1), batches(BASE + 300, 1))
                .array();

        assertThat(check(bytes, new Bounds(BASE, BASE + 1000))).isEmpty();
        assertThat(check(bytes, new Bounds(BASE, Long.MAX_VALUE))).isEmpty();
    }

    @Test
    void ofTwoBatchesThatOverlapBehindAGapNeitherIsBelieved() throws IOException {
        byte[] bytes = Batches.concat(
                        batches(BASE, 1), batches(BASE + 10, 1), batches(BASE + 7, 1), batches(BASE + 20, 1))
                .array();

        List<DamagedRange> damaged = check(bytes, new Bounds(BASE, BASE + 1000));

        assertThat(damaged).hasSize(1);
        assertThat(without("", damaged.getFirst()))
                .isEqualTo(new DamagedRange(BASE + 2, BASE + 19, batchBytes(), 3L * batchBytes(), ""));
    }

    @Test
    void aBatchWithinADamagedBatchsRecordsIsNotTakenForOneOfTheLog() throws IOException {
        byte[] inner = batches(BASE + 1, 1).array();
        ByteBuffer outer = Batches.batch(Compression.NONE, new SimpleRecord(0, inner), new SimpleRecord(0, inner));
        int outerBytes = outer.remaining();
        RecordBatchHeader.assignOffsets(outer, BASE, 3);
        byte[] bytes = Batches.concat(outer, batches(BASE + RECORDS, 1)).array();
        bytes[outerBytes - 1] ^= 1;

        List<DamagedRange> damaged = check(bytes, BOUNDS);

        assertThat(damaged.getFirst().to()).isEqualTo(outerBytes);
        assertThat(damaged.getFirst().lastOffset()).isEqualTo(BASE + 1);
    }

    @Test
    void whatIsLeftBehindADamagedLastBatchIsToldByItsOwnHeader() throws IOException {
        byte[] bytes = batches(BASE, BATCHES).array();
        bytes[bytes.length - 1] ^= 1;

        assertThat(check(bytes, new Bounds(BASE, Long.MAX_VALUE)))
                .map(each -> without("", each))
                .containsExactly(range(BATCHES - 1, BATCHES - 1));
    }

    @Test
    void aSegmentOfRandomBytesIsOneDamage() throws IOException {
        byte[] bytes = new byte[1 << 20];
        new Random(7).nextBytes(bytes);

        assertThat(check(bytes, BOUNDS))
                .map(each -> without("", each))
                .containsExactly(new DamagedRange(BASE, END - 1, 0, bytes.length, ""));
    }

    @Test
    void trustedBytesAreSteppedOverWithoutTheirCrc() throws IOException {
        byte[] bytes = batches(BASE, BATCHES).array();
        bytes[batchBytes() + 70] ^= 1;
        bytes[3 * batchBytes() + 70] ^= 1;
        Path path = Files.write(directory.resolve("segment.log"), bytes);
        try (Storage.File file = storage.openForReading(path)) {
            SegmentCheck check = new SegmentCheck(file, BOUNDS, bytes.length, ByteBuffer.allocate(1000))
                    .trust(0, 3L * batchBytes())
                    .startAt(batchBytes(), BASE + RECORDS);
            int good = 0;
            List<DamagedRange> damaged = new ArrayList<>();
            while (check.next()) {
                DamagedRange found = check.damaged();
                if (found == null) {
                    good++;
                } else {
                    damaged.add(without("", found));
                }
            }

            assertThat(good).isEqualTo(3);
            assertThat(damaged).containsExactly(range(3, 3));
            assertThat(check.expectedOffset()).isEqualTo(END);
        }
    }
}
