package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.AppendResult.RecordError;
import dev.klamm.log.AppendResult.Rejected;
import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * What is asked of the records of one client's batch: that they are what the header says, have keys where the topic is
 * compacted, and timestamps within bounds.
 *
 * <p>Records that are not compressed are walked one by one. Those that are compressed are decompressed only if a rule needs
 * them: the topic is compacted (keys), recompresses, bounds timestamps from below, or the header is doubtful: its
 * timestamps are missing or out of bounds, or it claims more records than there are bytes.
 *
 * <p>Differs from Kafka: Kafka decompresses every batch. Here a producer whose CRC is right and whose compressed records
 * belie their header is found out by the consumer. What it saves, measured for a million records of 100 random letters:
 * looking at them takes 17 ms of a processor if they are not compressed, 40 with snappy or lz4, 180 with zstd, 270 with gzip.
 */
final class RecordRules {

    /** A batch may hold millions of records, and the answer names those at fault one by one. */
    private static final int MAX_RECORD_ERRORS = 1_000;

    private static final long NO_TIMESTAMP = -1;

    private final LogConfig config;
    private final long nowMs;
    private final List<RecordError> keyErrors = new ArrayList<>(0);
    private final List<RecordError> timestampErrors = new ArrayList<>(0);

    RecordRules(LogConfig config, long nowMs) {
        this.config = config;
        this.nowMs = nowMs;
    }

    /** Whether the records of this batch must be looked at. If not, its max timestamp is that of the header. */
    boolean apply(ByteBuffer records, int at) {
        int compressionId = RecordBatchHeader.compressionId(records, at);
        if (compressionId == CompressionType.NONE.id
                || config.cleanup().compact()
                || changesCompression(compressionId)) {
            return true;
        }
        if (RecordBatchHeader.timestampType(records, at) == TimestampType.LOG_APPEND_TIME
                || claimsMoreRecordsThanBytes(records, at)) {
            return true;
        }
        return config.timestampType() == TimestampType.CREATE_TIME
                && (config.timestampBeforeMaxMs() != Long.MAX_VALUE || !hasTimestampsWithinBounds(records, at));
    }

    /** Else a few bytes could take two billion offsets. */
    private static boolean claimsMoreRecordsThanBytes(ByteBuffer records, int at) {
        return RecordBatchHeader.count(records, at)
                > RecordBatchHeader.sizeInBytes(records, at) - RecordBatchHeader.SIZE;
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

    /**
     * Walks the records and collects the errors of single ones ({@link #refusal}).
     *
     * @return the greatest timestamp, -1 if no record has one
     * @throws MalformedRecordsException if the records are not as many or as long as they say
     */
    long check(ByteBuffer records, int at) throws MalformedRecordsException {
        boolean claimsLogAppendTime = RecordBatchHeader.timestampType(records, at) == TimestampType.LOG_APPEND_TIME;
        long maxTimestampMs = NO_TIMESTAMP;
        try (RecordCursor cursor = RecordCursor.of(records, at)) {
            for (int index = 0; cursor.next(); index++) {
                // Differs from Kafka: it lets wrong offset deltas pass, or mends them if the batch is compressed.
                if (cursor.offsetDelta() != index) {
                    throw new MalformedRecordsException(
                            "record %d has offset delta %d".formatted(index, cursor.offsetDelta()));
                }
                if (config.cleanup().compact() && !cursor.hasKey()) {
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
                long earliestMs = nowMs - config.timestampBeforeMaxMs();
                long latestMs = nowMs + config.timestampAfterMaxMs();
                add(timestampErrors, index, "timestamp " + timestampMs + " is not in " + earliestMs + ".." + latestMs);
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

    private boolean changesCompression(int compressionId) {
        Compression target = config.compression();
        return target != null && target.type().id != compressionId;
    }

    /** What {@link #check} found against single records, if anything. */
    Optional<Rejected> refusal() {
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
                        + keyErrors.getFirst().message();
        return Optional.of(new Rejected(isTimestamp ? Reason.INVALID_TIMESTAMP : Reason.INVALID_RECORD, message, all));
    }
}
