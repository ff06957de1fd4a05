package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.AppendResult.RecordError;
import dev.klamm.log.AppendResult.Rejected;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * Checks what is to be appended, before the log's lock is taken and before offsets are known. The checks, their order and
 * their errors are those of Apache Kafka 4.3, except where a line says so.
 *
 * <p>Records that are not compressed are walked one by one. Those that are compressed are decompressed only if a rule needs
 * them: the topic is compacted (keys), recompresses, bounds timestamps from below, or the header's timestamps are out of
 * bounds or missing.
 *
 * <p>Differs from Kafka: Kafka decompresses every batch. A producer whose CRC is right and whose compressed records belie
 * their header is found by the consumer instead. In return a compressed record costs us no more than its share of a header.
 */
final class BatchValidator {

    /** A batch may hold millions of records, and the answer names those at fault one by one. */
    private static final int MAX_RECORD_ERRORS = 1_000;

    /** The smallest length field of any format (a record of format 0 without key and value). */
    private static final int MIN_LENGTH = 14;

    private static final long NO_TIMESTAMP = -1;

    private final LogId id;
    private final LogConfig config;
    private final long nowMs;
    private final List<RecordError> keyErrors = new ArrayList<>(0);
    private final List<RecordError> timestampErrors = new ArrayList<>(0);

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
            case BROKER -> validator.validateFromBroker(records);
        };
    }

    private Validation validateFromClient(ByteBuffer records) {
        Optional<Invalid> framing = checkFraming(records).or(() -> checkHeader(records));
        if (framing.isPresent()) {
            return framing.get();
        }
        int at = records.position();
        records.limit(at + RecordBatchHeader.sizeInBytes(records, at));
        try {
            long maxTimestampMs = needsRecords(records, at)
                    ? checkRecords(records, at)
                    : RecordBatchHeader.maxTimestampMs(records, at);
            Optional<Invalid> recordErrors = refuseForRecords();
            return recordErrors.isPresent() ? recordErrors.get() : compress(records, maxTimestampMs);
        } catch (MalformedRecordsException e) {
            return invalid(Reason.INVALID_RECORD, e.what());
        }
    }

    /** Looks for exactly one whole batch of format 2. What is cut short behind it does not count, as with Kafka. */
    private Optional<Invalid> checkFraming(ByteBuffer records) {
        int at = records.position();
        return switch (framingAt(records, at)) {
            case NONE -> refuse(Reason.INVALID_RECORD, "there is no whole record batch");
            case CORRUPT -> refuse(Reason.CORRUPT_MESSAGE, "there is no record batch, by its length or magic");
            case WHOLE -> checkFramingBehind(records, at);
        };
    }

    private Optional<Invalid> checkFramingBehind(ByteBuffer records, int at) {
        if (RecordBatchHeader.magic(records, at) != RecordBatchHeader.MAGIC_2) {
            return refuse(Reason.INVALID_RECORD, "only record batches with magic 2 are accepted");
        }
        return switch (framingAt(records, at + RecordBatchHeader.sizeInBytes(records, at))) {
            case NONE -> Optional.empty();
            case CORRUPT -> refuse(Reason.CORRUPT_MESSAGE, "what follows the record batch is no record batch");
            case WHOLE -> refuse(Reason.INVALID_RECORD, "there is more than one record batch");
        };
    }

    private enum Framing {
        NONE,
        WHOLE,
        CORRUPT
    }

    /** Judges by length and magic alone, which stand at the same place in all three formats. */
    private static Framing framingAt(ByteBuffer records, int at) {
        int available = records.limit() - at;
        if (available < RecordBatchHeader.LENGTH_OVERHEAD) {
            return Framing.NONE;
        }
        int length = RecordBatchHeader.length(records, at);
        if (length < MIN_LENGTH) {
            return Framing.CORRUPT;
        }
        if (available <= RecordBatchHeader.MAGIC) {
            return Framing.NONE;
        }
        byte magic = RecordBatchHeader.magic(records, at);
        if (magic < 0 || magic > RecordBatchHeader.MAGIC_2) {
            return Framing.CORRUPT;
        }
        return length > available - RecordBatchHeader.LENGTH_OVERHEAD ? Framing.NONE : Framing.WHOLE;
    }

    private Optional<Invalid> checkHeader(ByteBuffer records) {
        int at = records.position();
        int size = RecordBatchHeader.sizeInBytes(records, at);
        if (size < RecordBatchHeader.SIZE) {
            return refuse(Reason.CORRUPT_MESSAGE, "%d bytes are too few for a record batch".formatted(size));
        }
        if (RecordBatchHeader.baseOffset(records, at) != 0) {
            return refuse(
                    Reason.INVALID_RECORD,
                    "the base offset is %d and not 0".formatted(RecordBatchHeader.baseOffset(records, at)));
        }
        if (size > config.maxMessageBytes()) {
            return refuse(
                    Reason.MESSAGE_TOO_LARGE,
                    "the record batch has %d bytes, max.message.bytes is %d".formatted(size, config.maxMessageBytes()));
        }
        if (!RecordBatchHeader.crcIsRight(records, at)) {
            return refuse(
                    Reason.CORRUPT_MESSAGE,
                    "the record batch is corrupt, its crc is not %d".formatted(RecordBatchHeader.crc(records, at)));
        }
        // Differs from Kafka: it answers UNKNOWN_SERVER_ERROR to a compression that does not exist.
        if (RecordBatchHeader.compressionId(records, at) > CompressionType.ZSTD.id) {
            return refuse(
                    Reason.UNSUPPORTED_COMPRESSION_TYPE,
                    "there is no compression %d".formatted(RecordBatchHeader.compressionId(records, at)));
        }
        return checkCountAndKind(records, at);
    }

    private Optional<Invalid> checkCountAndKind(ByteBuffer records, int at) {
        int lastOffsetDelta = RecordBatchHeader.lastOffsetDelta(records, at);
        int count = RecordBatchHeader.count(records, at);
        if (lastOffsetDelta < 0 || count <= 0 || count != lastOffsetDelta + 1L) {
            return refuse(
                    Reason.INVALID_RECORD,
                    "the record batch has %d records and last offset delta %d".formatted(count, lastOffsetDelta));
        }
        if (RecordBatchHeader.isControl(records, at)) {
            return refuse(Reason.INVALID_RECORD, "clients do not write control records");
        }
        if (RecordBatchHeader.hasProducerId(records, at) && RecordBatchHeader.baseSequence(records, at) < 0) {
            return refuse(
                    Reason.INVALID_RECORD,
                    "the base sequence of producer %d is %d"
                            .formatted(
                                    RecordBatchHeader.producerId(records, at),
                                    RecordBatchHeader.baseSequence(records, at)));
        }
        return Optional.empty();
    }

    private boolean needsRecords(ByteBuffer records, int at) {
        int compressionId = RecordBatchHeader.compressionId(records, at);
        if (compressionId == CompressionType.NONE.id || config.compact() || changesCompression(compressionId)) {
            return true;
        }
        if (RecordBatchHeader.timestampType(records, at) == TimestampType.LOG_APPEND_TIME) {
            return true;
        }
        return config.timestampType() == TimestampType.CREATE_TIME
                && (config.timestampBeforeMaxMs() != Long.MAX_VALUE || !hasTimestampsWithinBounds(records, at));
    }

    private boolean hasTimestampsWithinBounds(ByteBuffer records, int at) {
        long maxTimestampMs = RecordBatchHeader.maxTimestampMs(records, at);
        return maxTimestampMs != NO_TIMESTAMP
                && isWithinBounds(maxTimestampMs)
                && isWithinBounds(RecordBatchHeader.baseTimestampMs(records, at));
    }

    private boolean isWithinBounds(long timestampMs) {
        long ageMs = nowMs - timestampMs;
        return ageMs <= config.timestampBeforeMaxMs() && -ageMs <= config.timestampAfterMaxMs();
    }

    /** Collects the errors of single records; returns the greatest timestamp. */
    private long checkRecords(ByteBuffer records, int at) throws MalformedRecordsException {
        boolean claimsLogAppendTime = RecordBatchHeader.timestampType(records, at) == TimestampType.LOG_APPEND_TIME;
        long maxTimestampMs = NO_TIMESTAMP;
        try (RecordCursor cursor = RecordCursor.of(records, at)) {
            for (int index = 0; cursor.next(); index++) {
                // Differs from Kafka: it lets wrong offset deltas pass, or mends them if the batch is compressed.
                if (cursor.offsetDelta() != index) {
                    throw new MalformedRecordsException(
                            "record %d has offset delta %d".formatted(index, cursor.offsetDelta()));
                }
                if (config.compact() && !cursor.hasKey()) {
                    add(keyErrors, index, "a compacted topic takes no record without a key");
                } else {
                    checkTimestamp(cursor.timestampMs(), claimsLogAppendTime, index);
                }
                maxTimestampMs = Math.max(maxTimestampMs, cursor.timestampMs());
            }
        }
        return maxTimestampMs;
    }

    private void checkTimestamp(long timestampMs, boolean claimsLogAppendTime, int index) {
        if (config.timestampType() == TimestampType.CREATE_TIME && timestampMs != NO_TIMESTAMP) {
            if (!isWithinBounds(timestampMs)) {
                add(
                        timestampErrors,
                        index,
                        "timestamp %d is not within [%d, %d]"
                                .formatted(
                                        timestampMs,
                                        nowMs - config.timestampBeforeMaxMs(),
                                        nowMs + config.timestampAfterMaxMs()));
            }
        } else if (claimsLogAppendTime) {
            add(timestampErrors, index, "a producer does not set the timestamp type to LogAppendTime");
        }
    }

    private static void add(List<RecordError> errors, int index, String message) {
        if (errors.size() < MAX_RECORD_ERRORS) {
            errors.add(new RecordError(index, message));
        }
    }

    private Optional<Invalid> refuseForRecords() {
        if (keyErrors.isEmpty() && timestampErrors.isEmpty()) {
            return Optional.empty();
        }
        boolean isTimestamp = !timestampErrors.isEmpty();
        var all = new ArrayList<RecordError>(keyErrors);
        all.addAll(timestampErrors);
        all.sort((one, other) -> Integer.compare(one.batchIndex(), other.batchIndex()));
        String message = isTimestamp
                ? "One or more records have been rejected due to invalid timestamp"
                : "One or more records have been rejected: "
                        + keyErrors.getFirst().message() + " in " + id;
        return Optional.of(new Invalid(
                new Rejected(isTimestamp ? Reason.INVALID_TIMESTAMP : Reason.INVALID_RECORD, message, all)));
    }

    private boolean changesCompression(int compressionId) {
        Compression target = config.compression();
        return target != null && target.type().id != compressionId;
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

    private Optional<Invalid> refuse(Reason reason, String what) {
        return Optional.of(invalid(reason, what));
    }

    private Invalid invalid(Reason reason, String what) {
        return new Invalid(reason, "Append to " + id + ": " + what);
    }
}
