package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;

class RecordBatchHeaderTest {

    /**
     * As kafka-clients 4.3.1 writes it: base offset 7, leader epoch 3, transactional, producer 4711 of epoch 2 with base
     * sequence 2^31-2, three records.
     */
    private static final String GOLDEN =
            "0000000000000007000000ca0000000302662d1a170010000000020000016f5e66e8000000016f5e66e8020000000000"
                    + "00126700027ffffffe00000003640000000a6b65792d303a612076616c7565207468617420726570656174732c207661"
                    + "6c756520300402680201086e6f6e6501640002020a6b65792d313a612076616c7565207468617420726570656174732c"
                    + "2076616c756520310402680201086e6f6e6501640004040a6b65792d323a612076616c75652074686174207265706561"
                    + "74732c2076616c756520320402680201086e6f6e6501";

    private static MemoryRecords kafkas(ByteBuffer buffer) {
        return MemoryRecords.readableRecords(buffer);
    }

    private static DefaultRecordBatch only(ByteBuffer buffer) {
        return (DefaultRecordBatch) kafkas(buffer).batches().iterator().next();
    }

    private static ByteBuffer golden() {
        return MemoryRecords.withTransactionalRecords(
                        7, Compression.NONE, 4711, (short) 2, Integer.MAX_VALUE - 1, 3, Batches.records(3))
                .buffer();
    }

    @Test
    void readsBytesThatKafkaWroteOnceAndForAll() {
        ByteBuffer batch = ByteBuffer.wrap(HexFormat.of().parseHex(GOLDEN));

        assertThat(batch).isEqualTo(golden());
        assertThat(RecordBatchHeader.nextBatch(batch, 0)).isEqualTo(batch.limit());
        assertThat(RecordBatchHeader.crcIsRight(batch, 0)).isTrue();
        assertThat(RecordBatchHeader.producerId(batch, 0)).isEqualTo(4711);
        assertThat(RecordBatchHeader.lastSequence(batch, 0)).isZero();
    }

    @Test
    void readsEveryFieldAsKafkaDoes() {
        ByteBuffer buffer = golden();
        ByteBuffer shifted = Batches.concat(ByteBuffer.allocate(5), buffer);
        DefaultRecordBatch expected = only(buffer);

        assertThat(RecordBatchHeader.baseOffset(shifted, 5)).isEqualTo(expected.baseOffset());
        assertThat(RecordBatchHeader.lastOffset(shifted, 5)).isEqualTo(expected.lastOffset());
        assertThat(RecordBatchHeader.sizeInBytes(shifted, 5)).isEqualTo(expected.sizeInBytes());
        assertThat(RecordBatchHeader.leaderEpoch(shifted, 5)).isEqualTo(3);
        assertThat(RecordBatchHeader.magic(shifted, 5)).isEqualTo(expected.magic());
        assertThat(RecordBatchHeader.crc(shifted, 5)).isEqualTo(expected.checksum());
        assertThat(RecordBatchHeader.compressionId(shifted, 5)).isEqualTo(expected.compressionType().id);
        assertThat(RecordBatchHeader.timestampType(shifted, 5)).isEqualTo(expected.timestampType());
        assertThat(RecordBatchHeader.isTransactional(shifted, 5)).isTrue();
        assertThat(RecordBatchHeader.isControl(shifted, 5)).isFalse();
        assertThat(RecordBatchHeader.baseTimestampMs(shifted, 5)).isEqualTo(expected.baseTimestamp());
        assertThat(RecordBatchHeader.maxTimestampMs(shifted, 5)).isEqualTo(expected.maxTimestamp());
        assertThat(RecordBatchHeader.producerId(shifted, 5)).isEqualTo(4711);
        assertThat(RecordBatchHeader.producerEpoch(shifted, 5)).isEqualTo((short) 2);
        assertThat(RecordBatchHeader.baseSequence(shifted, 5)).isEqualTo(Integer.MAX_VALUE - 1);
        assertThat(RecordBatchHeader.lastSequence(shifted, 5))
                .isEqualTo(expected.lastSequence())
                .isZero();
        assertThat(RecordBatchHeader.count(shifted, 5)).isEqualTo(3);
    }

    @Test
    void computesTheCrcOfHeapAndDirectBuffersAlike() {
        ByteBuffer heap = Batches.batch(4);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.limit() + 3);
        direct.put(3, heap, 0, heap.limit());
        ByteBuffer slice = Batches.concat(ByteBuffer.allocate(9), heap).slice(9, heap.limit());

        assertThat(RecordBatchHeader.crcIsRight(heap, 0)).isTrue();
        assertThat(RecordBatchHeader.crcIsRight(direct, 3)).isTrue();
        assertThat(RecordBatchHeader.crcIsRight(slice, 0)).isTrue();
    }

    @Test
    void noticesEachFlippedBitThatTheCrcCovers() {
        ByteBuffer batch = Batches.batch(1);
        for (int at = RecordBatchHeader.CRC; at < batch.limit(); at++) {
            for (int bit = 0; bit < 8; bit++) {
                ByteBuffer flipped = Batches.copy(batch);
                flipped.put(at, (byte) (flipped.get(at) ^ (1 << bit)));
                assertThat(RecordBatchHeader.crcIsRight(flipped, 0))
                        .as("bit %d of byte %d", bit, at)
                        .isFalse();
            }
        }
    }

    @Test
    void stepsOverWholeBatchesAndSeesEachCut() {
        ByteBuffer two = Batches.concat(Batches.batch(2), Batches.batch(3));
        int second = RecordBatchHeader.nextBatch(two, 0);

        assertThat(second).isEqualTo(Batches.batch(2).limit());
        assertThat(RecordBatchHeader.nextBatch(two, second)).isEqualTo(two.limit());
        for (int cut = second + 1; cut < two.limit(); cut++) {
            assertThat(RecordBatchHeader.nextBatch(two.duplicate().limit(cut), second))
                    .as("cut at %d", cut)
                    .isEqualTo(RecordBatchHeader.CUT_SHORT);
        }
    }

    @Test
    void findsNoBatchWhereLengthOrMagicAreImpossible() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 48}) {
            ByteBuffer garbled = Batches.batch(1).putInt(RecordBatchHeader.LENGTH, length);
            assertThat(RecordBatchHeader.nextBatch(garbled, 0)).isEqualTo(RecordBatchHeader.GARBLED);
        }
        ByteBuffer huge = Batches.batch(1).putInt(RecordBatchHeader.LENGTH, Integer.MAX_VALUE);
        assertThat(RecordBatchHeader.nextBatch(huge, 0)).isEqualTo(RecordBatchHeader.CUT_SHORT);
        ByteBuffer old = Batches.batch(1).put(RecordBatchHeader.MAGIC, (byte) 1);
        assertThat(RecordBatchHeader.nextBatch(old, 0)).isEqualTo(RecordBatchHeader.GARBLED);
    }

    @Test
    void assignsOffsetsWithoutTouchingTheCrc() {
        ByteBuffer two = Batches.concat(Batches.batch(2), Batches.batch(3));

        RecordBatchHeader.assignOffsets(two, 100, 9);

        for (MutableRecordBatch batch : kafkas(two).batches()) {
            batch.ensureValid();
            assertThat(batch.partitionLeaderEpoch()).isEqualTo(9);
        }
        assertThat(kafkas(two).records())
                .extracting(record -> record.offset())
                .containsExactly(100L, 101L, 102L, 103L, 104L);
        assertThat(two.position()).isZero();
    }

    @Test
    void setsTimestampsAsKafkaDoes() {
        ByteBuffer ours = Batches.batch(2);
        ByteBuffer theirs = Batches.copy(ours);

        RecordBatchHeader.setMaxTimestamp(ours, 0, TimestampType.LOG_APPEND_TIME, 42);
        only(theirs).setMaxTimestamp(TimestampType.LOG_APPEND_TIME, 42);

        assertThat(ours).isEqualTo(theirs);
        only(ours).ensureValid();
    }
}
