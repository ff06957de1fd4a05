package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.AppendResult.Rejected;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;

/**
 * Checks what is to be appended, before the log's lock is taken and before offsets are known. The checks, their order and
 * their errors are those of Apache Kafka 4.3, except where a line says so.
 */
final class BatchValidator {

    private static final long NO_TIMESTAMP = -1;

    private final LogId id;
    private final LogConfig config;
    private final long nowMs;

    private BatchValidator(LogId id, LogConfig config, long nowMs) {
        this.id = id;
        this.config = config;
        this.nowMs = nowMs;
    }

    sealed interface Validation {}

    /**
     * May be appended, once {@link RecordBatchHeader#assignOffsets} has been called.
     *
     * @param records whole batches from position to limit: the buffer that came in, timestamps changed in place and
     *     limit set to the end of the last whole batch, or a new one if the batch was recompressed
     * @param offsetCount how many offsets the batches take
     * @param maxTimestampMs greatest timestamp of all records, -1 if none has one
     * @param logAppendTimeMs the time given to every record, or -1 if the topic keeps the producer's times
     */
    record Valid(ByteBuffer records, long offsetCount, long maxTimestampMs, long logAppendTimeMs)
            implements Validation {}

    record Invalid(Rejected result) implements Validation {
        Invalid(Reason reason, String message) {
            this(new Rejected(reason, message));
        }
    }

    /**
     * Validates what remains in {@code records}. From a client that is one batch, of format 2; the broker's own may be
     * several, and are trusted as to their contents.
     */
    static Validation validate(ByteBuffer records, LogId id, LogConfig config, Origin origin, long nowMs) {
        var validator = new BatchValidator(id, config, nowMs);
        return switch (origin) {
            case CLIENT -> validator.validateFromClient(records);
            case COORDINATOR, BROKER -> validator.validateFromBroker(records);
        };
    }

    private Validation validateFromClient(ByteBuffer records) {
        Optional<HeaderRules.Broken> broken = HeaderRules.check(records, config.maxMessageBytes());
        if (broken.isPresent()) {
            return invalid(broken.get().reason(), broken.get().what());
        }
        int at = records.position();
        records.limit(at + RecordBatchHeader.sizeInBytes(records, at));
        var rules = new RecordRules(config, nowMs);
        try {
            long maxTimestampMs =
                    rules.apply(records, at) ? rules.check(records, at) : RecordBatchHeader.maxTimestampMs(records, at);
            Optional<Rejected> refusal = rules.refusal();
            return refusal.isPresent() ? new Invalid(refusal.get()) : compress(records, maxTimestampMs);
        } catch (MalformedRecordsException e) {
            return invalid(Reason.INVALID_RECORD, e.what());
        }
    }

    private Validation compress(ByteBuffer records, long maxTimestampMs) throws MalformedRecordsException {
        int at = records.position();
        Compression target = config.compression();
        if (target == null || target.type().id == RecordBatchHeader.compressionId(records, at)) {
            return stampAndMeasure(records, maxTimestampMs);
        }
        Optional<ByteBuffer> fresh = Recompression.recompress(records, at, target, config.maxMessageBytes());
        return fresh.isPresent()
                ? stampAndMeasure(fresh.get(), maxTimestampMs)
                : invalid(
                        Reason.MESSAGE_TOO_LARGE,
                        "compressed with %s the record batch exceeds max.message.bytes, %d"
                                .formatted(target.type().name, config.maxMessageBytes()));
    }

    private Validation stampAndMeasure(ByteBuffer records, long createTimeMs) {
        boolean isLogAppendTime = config.timestampType() == TimestampType.LOG_APPEND_TIME;
        long maxTimestampMs = isLogAppendTime ? nowMs : createTimeMs;
        int at = records.position();
        RecordBatchHeader.setMaxTimestamp(records, at, config.timestampType(), maxTimestampMs);
        long offsetCount = RecordBatchHeader.lastOffsetDelta(records, at) + 1L;
        return measure(records, offsetCount, maxTimestampMs);
    }

    private Validation measure(ByteBuffer records, long offsetCount, long maxTimestampMs) {
        if (records.remaining() > config.segmentBytes()) {
            return invalid(
                    Reason.RECORD_LIST_TOO_LARGE,
                    "%d bytes do not fit into a segment of %d".formatted(records.remaining(), config.segmentBytes()));
        }
        boolean isLogAppendTime = config.timestampType() == TimestampType.LOG_APPEND_TIME;
        return new Valid(records, offsetCount, maxTimestampMs, isLogAppendTime ? nowMs : NO_TIMESTAMP);
    }

    private Validation validateFromBroker(ByteBuffer records) {
        long maxTimestampMs = NO_TIMESTAMP;
        long offsetCount = 0;
        int at = records.position();
        while (at < records.limit()) {
            int next = RecordBatchHeader.nextBatch(records, at);
            if (next < 0) {
                return invalid(Reason.CORRUPT_MESSAGE, "there is no whole record batch at byte " + at);
            }
            if (config.timestampType() == TimestampType.LOG_APPEND_TIME) {
                RecordBatchHeader.setMaxTimestamp(records, at, TimestampType.LOG_APPEND_TIME, nowMs);
            }
            maxTimestampMs = Math.max(maxTimestampMs, RecordBatchHeader.maxTimestampMs(records, at));
            offsetCount += RecordBatchHeader.lastOffsetDelta(records, at) + 1L;
            at = next;
        }
        return measure(records, offsetCount, maxTimestampMs);
    }

    private Invalid invalid(Reason reason, String what) {
        return new Invalid(reason, "Append to " + id + ": " + what);
    }
}
