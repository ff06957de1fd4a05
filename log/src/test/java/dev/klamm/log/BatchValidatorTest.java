package dev.klamm.log;

import static dev.klamm.log.Batches.T0;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.AppendResult.RecordError;
import dev.klamm.log.BatchValidator.Invalid;
import dev.klamm.log.BatchValidator.Valid;
import dev.klamm.log.BatchValidator.Validation;
import dev.klamm.log.PartitionLog.Origin;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchValidatorTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);
    private static final long NOW = T0 + 60_000;

    private static LogConfig config(
            int maxMessageBytes,
            TimestampType timestampType,
            long beforeMaxMs,
            boolean compact,
            @Nullable Compression compression) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                d.segmentBytes(),
                d.segmentMs(),
                d.segmentJitterMs(),
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                maxMessageBytes,
                timestampType,
                beforeMaxMs,
                d.timestampAfterMaxMs(),
                compact ? LogConfig.Cleanup.COMPACT : d.cleanup(),
                d.fileDeleteDelayMs(),
                d.flushMessages(),
                d.flushMs(),
                compression);
    }

    private static final LogConfig COMPACTED = config(1 << 20, TimestampType.CREATE_TIME, Long.MAX_VALUE, true, null);
    private static final LogConfig LOG_APPEND_TIME =
            config(1 << 20, TimestampType.LOG_APPEND_TIME, Long.MAX_VALUE, false, null);

    private static Validation fromClient(ByteBuffer records, LogConfig config) {
        return BatchValidator.validate(records, LOG, config, Origin.CLIENT, NOW);
    }

    private static Validation fromClient(ByteBuffer records) {
        return fromClient(records, LogConfig.DEFAULT);
    }

    private static Valid accepted(Validation validation) {
        assertThat(validation).isInstanceOf(Valid.class);
        return (Valid) validation;
    }

    private static void assertRefused(Validation validation, Reason reason, String... words) {
        assertThat(validation).isInstanceOf(Invalid.class);
        assertThat(((Invalid) validation).result().reason()).isEqualTo(reason);
        for (String word : words) {
            assertThat(((Invalid) validation).result().message()).contains(word);
        }
    }

    private static List<RecordError> recordErrors(Validation validation) {
        return ((Invalid) validation).result().recordErrors();
    }

    private static ByteBuffer withCrc(ByteBuffer batch) {
        RecordBatchHeader.writeCrc(batch, 0);
        return batch;
    }

    private static List<Record> recordsOf(ByteBuffer records) {
        var all = new ArrayList<Record>();
        MemoryRecords.readableRecords(records.duplicate()).records().forEach(all::add);
        return all;
    }

    private static RecordBatch batchOf(ByteBuffer records) {
        return MemoryRecords.readableRecords(records.duplicate())
                .batches()
                .iterator()
                .next();
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void acceptsAWholeBatchOfEachCompressionAsItIs(CompressionType type) {
        ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.records(10));
        ByteBuffer original = Batches.copy(batch);

        Valid valid = accepted(fromClient(batch));

        assertThat(valid.records()).isSameAs(batch).isEqualTo(original);
        assertThat(valid.offsetCount()).isEqualTo(10);
        assertThat(valid.maxTimestampMs()).isEqualTo(T0 + 9);
        assertThat(valid.logAppendTimeMs()).isEqualTo(-1);
    }

    @Test
    void acceptsNullKeysNullValuesAndEmptyRecords() {
        ByteBuffer batch = Batches.batch(
                Compression.NONE,
                Batches.record(T0, null, null),
                Batches.record(T0, "", ""),
                new SimpleRecord(T0, (byte[]) null, null));

        assertThat(accepted(fromClient(batch)).offsetCount()).isEqualTo(3);
    }

    @Test
    void refusesABatchWhoseCrcIsWrong() {
        ByteBuffer batch = Batches.batch(1);
        batch.put(batch.limit() - 1, (byte) (batch.get(batch.limit() - 1) ^ 1));

        assertRefused(fromClient(batch), Reason.CORRUPT_MESSAGE, "rides-0", "crc");
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 1})
    void refusesMessageSetsOfOldFormats(byte magic) {
        ByteBuffer old = MemoryRecords.withRecords(magic, Compression.NONE, new SimpleRecord(T0, new byte[20]))
                .buffer();

        assertRefused(fromClient(old), Reason.INVALID_RECORD, "magic 2");
    }

    @ParameterizedTest
    @ValueSource(bytes = {-1, 3, 127})
    void refusesAMagicThatDoesNotExist(byte magic) {
        assertRefused(fromClient(Batches.batch(1).put(RecordBatchHeader.MAGIC, magic)), Reason.CORRUPT_MESSAGE);
    }

    @Test
    void refusesNothingAtAll() {
        assertRefused(fromClient(ByteBuffer.allocate(0)), Reason.INVALID_RECORD, "no whole record batch");
    }

    @Test
    void refusesABatchThatIsCutAtAnyByte() {
        ByteBuffer batch = Batches.batch(2);
        for (int size = 0; size < batch.limit(); size++) {
            assertRefused(fromClient(Batches.copy(batch).limit(size)), Reason.INVALID_RECORD);
        }
    }

    @Test
    void refusesALengthThatNoBatchHas() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 13}) {
            ByteBuffer batch = Batches.batch(1).putInt(RecordBatchHeader.LENGTH, length);
            assertRefused(fromClient(batch), Reason.CORRUPT_MESSAGE);
        }
        ByteBuffer tooShortForFormat2 = Batches.batch(1).putInt(RecordBatchHeader.LENGTH, 48);
        tooShortForFormat2.limit(60);
        assertRefused(fromClient(tooShortForFormat2), Reason.CORRUPT_MESSAGE);
        ByteBuffer beyondTheBuffer = Batches.batch(1).putInt(RecordBatchHeader.LENGTH, Integer.MAX_VALUE);
        assertRefused(fromClient(beyondTheBuffer), Reason.INVALID_RECORD);
    }

    @Test
    void refusesMoreThanOneBatchAndIgnoresACutOne() {
        ByteBuffer one = Batches.batch(1);

        assertRefused(fromClient(Batches.concat(one, one)), Reason.INVALID_RECORD, "more than one");
        Valid valid = accepted(fromClient(Batches.concat(one, one.duplicate().limit(30))));
        assertThat(valid.records()).isEqualTo(one);
    }

    @Test
    void refusesABaseOffsetOtherThanZero() {
        assertRefused(
                fromClient(Batches.batch(1).putLong(RecordBatchHeader.BASE_OFFSET, 5)),
                Reason.INVALID_RECORD,
                "base offset is 5");
    }

    @Test
    void refusesBatchesAboveMaxMessageBytes() {
        ByteBuffer batch = Batches.batch(5);
        LogConfig exact = config(batch.limit(), TimestampType.CREATE_TIME, Long.MAX_VALUE, false, null);
        LogConfig less = config(batch.limit() - 1, TimestampType.CREATE_TIME, Long.MAX_VALUE, false, null);

        assertRefused(fromClient(Batches.copy(batch), less), Reason.MESSAGE_TOO_LARGE, "max.message.bytes");
        accepted(fromClient(batch, exact));
    }

    @Test
    void refusesCountsThatDoNotMatchTheOffsets() {
        for (int count : new int[] {-1, 0, 2, 4, Integer.MAX_VALUE}) {
            ByteBuffer batch = withCrc(Batches.batch(3).putInt(RecordBatchHeader.COUNT, count));
            assertRefused(fromClient(batch), Reason.INVALID_RECORD);
        }
        for (int delta : new int[] {Integer.MIN_VALUE, -1, 0, 3, Integer.MAX_VALUE}) {
            ByteBuffer batch = withCrc(Batches.batch(3).putInt(RecordBatchHeader.LAST_OFFSET_DELTA, delta));
            assertRefused(fromClient(batch), Reason.INVALID_RECORD);
        }
    }

    @Test
    void refusesCountAndOffsetsThatAgreeButAreNotTheRecords() {
        for (int count : new int[] {2, 4}) {
            ByteBuffer batch = Batches.batch(3)
                    .putInt(RecordBatchHeader.COUNT, count)
                    .putInt(RecordBatchHeader.LAST_OFFSET_DELTA, count - 1);
            assertRefused(fromClient(withCrc(batch)), Reason.INVALID_RECORD, "record");
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void refusesFewBytesThatClaimToBeManyRecords(CompressionType type) {
        ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.records(3))
                .putInt(RecordBatchHeader.COUNT, Integer.MAX_VALUE)
                .putInt(RecordBatchHeader.LAST_OFFSET_DELTA, Integer.MAX_VALUE - 1);

        assertRefused(fromClient(withCrc(batch)), Reason.INVALID_RECORD, "record");
    }

    @Test
    void acceptsMoreRecordsThanBytesIfTheyAreThere() {
        SimpleRecord[] alike = new SimpleRecord[100_000];
        Arrays.fill(alike, new SimpleRecord(T0, (byte[]) null, null));
        ByteBuffer batch = Batches.batch(Compression.zstd().build(), alike);

        assertThat(batch.limit()).isLessThan(alike.length);
        assertThat(accepted(fromClient(batch)).offsetCount()).isEqualTo(alike.length);
    }

    @Test
    void refusesControlBatchesOfClients() {
        ByteBuffer batch = Batches.batch(1);
        batch.putShort(RecordBatchHeader.ATTRIBUTES, (short) 0x20);

        assertRefused(fromClient(withCrc(batch)), Reason.INVALID_RECORD, "control");
    }

    @Test
    void refusesAProducerIdWithoutASequence() {
        ByteBuffer batch = withCrc(Batches.idempotent(4711, 0, 0, 1).putInt(RecordBatchHeader.BASE_SEQUENCE, -1));

        assertRefused(fromClient(batch), Reason.INVALID_RECORD, "sequence");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7})
    void refusesACompressionThatDoesNotExist(int id) {
        ByteBuffer batch = withCrc(Batches.batch(1).putShort(RecordBatchHeader.ATTRIBUTES, (short) id));

        assertRefused(fromClient(batch), Reason.UNSUPPORTED_COMPRESSION_TYPE);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void refusesRecordsWithoutKeyOnCompactedTopicsAndNamesThem(CompressionType type) {
        ByteBuffer batch = Batches.batch(
                Compression.of(type).build(),
                Batches.record(T0, "k", "v"),
                Batches.record(T0, null, "v"),
                Batches.record(T0, "", "v"),
                Batches.record(T0, null, null));

        Validation validation = fromClient(batch, COMPACTED);

        assertRefused(validation, Reason.INVALID_RECORD, "key");
        assertThat(recordErrors(validation)).extracting(RecordError::batchIndex).containsExactly(1, 3);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void refusesTimestampsTooFarInTheFuture(CompressionType type) {
        long latest = NOW + LogConfig.DEFAULT.timestampAfterMaxMs();
        Compression compression = Compression.of(type).build();
        SimpleRecord onTheBound = Batches.record(latest, "k", "v");
        SimpleRecord beyond = Batches.record(latest + 1, "k", "v");

        accepted(fromClient(Batches.batch(compression, onTheBound)));
        Validation refused = fromClient(Batches.batch(compression, onTheBound, beyond, onTheBound));

        assertRefused(refused, Reason.INVALID_TIMESTAMP);
        assertThat(recordErrors(refused)).extracting(RecordError::batchIndex).containsExactly(1);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void refusesTimestampsTooFarInThePast(CompressionType type) {
        LogConfig config = config(1 << 20, TimestampType.CREATE_TIME, 60_000, false, null);
        Compression compression = Compression.of(type).build();

        accepted(fromClient(Batches.batch(compression, Batches.record(T0, "k", "v")), config));
        Validation refused = fromClient(
                Batches.batch(compression, Batches.record(T0, "k", "v"), Batches.record(T0 - 1, "k", "v")), config);

        assertRefused(refused, Reason.INVALID_TIMESTAMP);
        assertThat(recordErrors(refused)).extracting(RecordError::batchIndex).containsExactly(1);
    }

    @Test
    void acceptsRecordsWithoutATimestamp() {
        ByteBuffer batch = Batches.batch(Compression.NONE, Batches.record(-1, "k", "v"));

        assertThat(accepted(fromClient(batch)).maxTimestampMs()).isEqualTo(-1);
    }

    @Test
    void correctsAMaxTimestampThatIsNotTheRecords() {
        ByteBuffer batch = withCrc(Batches.batch(3).putLong(RecordBatchHeader.MAX_TIMESTAMP, T0 + 50_000));

        Valid valid = accepted(fromClient(batch));

        assertThat(valid.maxTimestampMs()).isEqualTo(T0 + 2);
        batchOf(valid.records()).ensureValid();
        assertThat(batchOf(valid.records()).maxTimestamp()).isEqualTo(T0 + 2);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void stampsRecordsWhereTheTopicWantsLogAppendTime(CompressionType type) {
        ByteBuffer batch = Batches.batch(Compression.of(type).build(), Batches.record(0, null, "old"));

        Valid valid = accepted(fromClient(batch, LOG_APPEND_TIME));

        assertThat(valid.logAppendTimeMs()).isEqualTo(NOW);
        assertThat(valid.maxTimestampMs()).isEqualTo(NOW);
        batchOf(valid.records()).ensureValid();
        assertThat(recordsOf(valid.records())).extracting(Record::timestamp).containsExactly(NOW);
    }

    @Test
    void refusesLogAppendTimeFromAProducer() {
        ByteBuffer batch = Batches.batch(1);
        RecordBatchHeader.setMaxTimestamp(batch, 0, TimestampType.LOG_APPEND_TIME, T0);

        assertRefused(fromClient(batch, LOG_APPEND_TIME), Reason.INVALID_TIMESTAMP);
    }

    @Test
    void recompressesEachCompressionToEachOther() {
        for (CompressionType from : CompressionType.values()) {
            for (CompressionType to : CompressionType.values()) {
                LogConfig config = config(
                        1 << 20,
                        TimestampType.CREATE_TIME,
                        Long.MAX_VALUE,
                        false,
                        Compression.of(to).build());
                ByteBuffer batch = Batches.batch(Compression.of(from).build(), Batches.records(2_000));
                List<Record> original = recordsOf(batch);

                Valid valid = accepted(fromClient(batch, config));

                RecordBatch fresh = batchOf(valid.records());
                fresh.ensureValid();
                assertThat(fresh.compressionType()).isEqualTo(to);
                assertThat(recordsOf(valid.records())).as("%s to %s", from, to).isEqualTo(original);
                assertThat(valid.records().limit()).isEqualTo(fresh.sizeInBytes());
            }
        }
    }

    @Test
    void refusesWhatIsTooLargeOnceItIsDecompressed() {
        LogConfig config = config(10_000, TimestampType.CREATE_TIME, Long.MAX_VALUE, false, Compression.NONE);
        ByteBuffer batch = Batches.batch(Compression.gzip().build(), Batches.record(T0, "k", "v".repeat(1_000_000)));

        assertThat(batch.limit()).isLessThan(10_000);
        assertRefused(fromClient(batch, config), Reason.MESSAGE_TOO_LARGE, "none", "max.message.bytes");
    }

    @Test
    void refusesCompressedBytesThatAreNotCompressed() {
        for (CompressionType type : CompressionType.values()) {
            if (type != CompressionType.NONE) {
                ByteBuffer batch = Batches.batch(3).putShort(RecordBatchHeader.ATTRIBUTES, (short) type.id);
                assertRefused(fromClient(withCrc(batch), COMPACTED), Reason.INVALID_RECORD);
            }
        }
    }

    @Test
    void takesSeveralBatchesOfTheBrokerItself() {
        ByteBuffer two = Batches.concat(Batches.batch(2), Batches.idempotent(1, 0, 0, 3));
        ByteBuffer original = Batches.copy(two);

        Valid valid = accepted(BatchValidator.validate(two, LOG, COMPACTED, Origin.BROKER, NOW));

        assertThat(valid.records()).isEqualTo(original);
        assertThat(valid.offsetCount()).isEqualTo(5);
        assertThat(valid.maxTimestampMs()).isEqualTo(T0 + 2);
    }

    @Test
    void leavesBytesBeforeThePositionAlone() {
        ByteBuffer request =
                Batches.concat(ByteBuffer.allocate(11), Batches.batch(2)).position(11);

        Valid valid = accepted(fromClient(request, LOG_APPEND_TIME));

        assertThat(valid.records().position()).isEqualTo(11);
        assertThat(Arrays.copyOf(request.array(), 11)).containsOnly(0);
    }
}
