package dev.klamm.log;

import static dev.klamm.log.Batches.T0;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.BatchValidator.Invalid;
import dev.klamm.log.BatchValidator.Valid;
import dev.klamm.log.PartitionLog.Origin;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;
import org.junit.jupiter.api.Test;

/** The same batches, sound and damaged at random, to Kafka's own LogValidator and to ours: the same error or the same bytes. */
class KafkaValidationTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);
    private static final long NOW = T0 + 60_000;

    /** Settings under which ours looks into every batch, compressed or not, as Kafka does. */
    private record Setting(TimestampType timestampType, boolean compact, long beforeMaxMs, CompressionType target) {
        LogConfig config() {
            LogConfig d = LogConfig.DEFAULT;
            return new LogConfig(
                    d.segmentBytes(),
                    d.segmentMs(),
                    d.segmentJitterMs(),
                    d.segmentIndexBytes(),
                    d.indexIntervalBytes(),
                    d.maxMessageBytes(),
                    timestampType,
                    beforeMaxMs,
                    d.timestampAfterMaxMs(),
                    compact ? LogConfig.Cleanup.COMPACT : d.cleanup(),
                    d.fileDeleteDelayMs(),
                    d.flushMessages(),
                    d.flushMs(),
                    Compression.of(target).build());
        }
    }

    private static Setting anySetting(Random random, CompressionType source) {
        boolean compact = random.nextBoolean();
        TimestampType[] types = {TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME};
        return new Setting(
                types[random.nextInt(2)],
                compact || source != CompressionType.NONE,
                random.nextBoolean() ? Long.MAX_VALUE : 60_000,
                // What is recompressed differs from Kafka's in harmless ways, such as timestamp deltas.
                source);
    }

    private static ByteBuffer anyBatch(Random random, CompressionType source) {
        SimpleRecord[] records = IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(i -> Batches.record(
                        random.nextInt(4) == 0 ? -1 : T0 + random.nextInt(5) - random.nextInt(2),
                        random.nextInt(8) == 0 ? null : "k" + i,
                        "v".repeat(random.nextInt(300))))
                .toArray(SimpleRecord[]::new);
        return Batches.batch(Compression.of(source).build(), records);
    }

    private static void damage(ByteBuffer batch, Random random) {
        switch (random.nextInt(8)) {
            case 0 -> batch.putInt(RecordBatchHeader.COUNT, random.nextInt(7) - 1);
            case 1 -> batch.putInt(RecordBatchHeader.LAST_OFFSET_DELTA, random.nextInt(6) - 1);
            case 2 -> batch.putLong(RecordBatchHeader.MAX_TIMESTAMP, T0 + random.nextInt(10_000_000));
            case 3 -> batch.putLong(RecordBatchHeader.BASE_TIMESTAMP, T0 + random.nextInt(10_000_000));
            case 4 -> batch.putLong(RecordBatchHeader.PRODUCER_ID, 7);
            case 5 ->
                batch.putShort(RecordBatchHeader.ATTRIBUTES, (short)
                        (RecordBatchHeader.attributes(batch, 0) ^ (random.nextBoolean() ? 0x08 : 0x20)));
            default -> {} // sound
        }
        RecordBatchHeader.writeCrc(batch, 0);
    }

    @Test
    void judgesAsKafkaDoes() {
        for (int run = 0; run < 5_000; run++) {
            long seed = System.nanoTime();
            var random = new Random(seed);
            CompressionType source = CompressionType.forId(random.nextInt(5));
            Setting setting = anySetting(random, source);
            ByteBuffer ours = anyBatch(random, source);
            damage(ours, random);
            ByteBuffer theirs = Batches.copy(ours);

            String expected = kafkasVerdict(theirs, source, setting);

            assertThat(verdict(ours, setting))
                    .as("seed %d, %s, %s", seed, source, setting)
                    .isEqualTo(expected);
            if (expected.startsWith("accepted")) {
                assertThat(ours).as("seed %d", seed).isEqualTo(theirs);
            }
        }
    }

    private static String verdict(ByteBuffer batch, Setting setting) {
        return switch (BatchValidator.validate(batch, LOG, setting.config(), Origin.CLIENT, NOW)) {
            case Valid valid -> {
                RecordBatchHeader.assignOffsets(valid.records(), 100, 3);
                yield "accepted, " + valid.maxTimestampMs();
            }
            case Invalid invalid ->
                invalid.result().reason() + ", "
                        + invalid.result().recordErrors().size();
        };
    }

    private static String kafkasVerdict(ByteBuffer batch, CompressionType source, Setting setting) {
        LogConfig config = setting.config();
        var validator = new LogValidator(
                MemoryRecords.readableRecords(batch),
                new TopicPartition("rides", 0),
                new StoppedTime(),
                source,
                Compression.of(setting.target()).build(),
                config.cleanup().compact(),
                (byte) 2,
                config.timestampType(),
                config.timestampBeforeMaxMs(),
                config.timestampAfterMaxMs(),
                3,
                AppendOrigin.CLIENT);
        try {
            var result = validator.validateMessagesAndAssignOffsets(
                    PrimitiveRef.ofLong(100), new NoMetrics(), BufferSupplier.NO_CACHING);
            return "accepted, " + result.maxTimestampMs();
        } catch (RecordValidationException e) {
            return Errors.forException(e.invalidException()) + ", "
                    + e.recordErrors().size();
        } catch (ApiException e) {
            return Errors.forException(e) + ", 0";
        }
    }

    private static final class StoppedTime implements Time {
        @Override
        public long milliseconds() {
            return NOW;
        }

        @Override
        public long nanoseconds() {
            return 0;
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class NoMetrics implements LogValidator.MetricsRecorder {
        @Override
        public void recordInvalidMagic() {}

        @Override
        public void recordInvalidOffset() {}

        @Override
        public void recordInvalidSequence() {}

        @Override
        public void recordInvalidChecksums() {}

        @Override
        public void recordNoKeyCompactedTopic() {}
    }
}
