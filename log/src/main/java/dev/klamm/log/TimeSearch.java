package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * A search by timestamp through all of a log: its segments first, then what is not yet in them.
 *
 * @param newest taken before the segments are looked at, so that what moves meanwhile is in one of the two
 * @param fromOffset records below it do not count
 */
record TimeSearch(LogReads files, List<Tail.Piece> newest, long fromOffset) {

    /** The first record with this timestamp or a later one. */
    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs) {
        Optional<TimestampedOffset> found = files.firstAtOrAfter(timestampMs, fromOffset);
        for (int i = 0; i < newest.size() && found.isEmpty(); i++) {
            if (newest.get(i).maxTimestampMs() >= timestampMs) {
                found = within(newest.get(i).batches(), timestampMs, fromOffset);
            }
        }
        return found;
    }

    /** The record with the greatest timestamp (the first of several). */
    Optional<TimestampedOffset> maxTimestamp() {
        Optional<TimestampedOffset> max = files.maxTimestamp(fromOffset);
        for (Tail.Piece piece : newest) {
            if (piece.maxTimestampMs() > max.map(TimestampedOffset::timestampMs).orElse(-1L)) {
                max = within(piece.batches(), piece.maxTimestampMs(), fromOffset);
            }
        }
        return max;
    }

    /** The first such record within whole batches. */
    static Optional<TimestampedOffset> within(ByteBuffer batches, long timestampMs, long fromOffset) {
        for (RecordBatch batch :
                MemoryRecords.readableRecords(batches.duplicate()).batches()) {
            if (hasOneTimestamp(batch) && batch.lastOffset() >= fromOffset) {
                if (batch.maxTimestamp() >= timestampMs) {
                    long offset = Math.max(batch.baseOffset(), fromOffset);
                    return Optional.of(new TimestampedOffset(batch.maxTimestamp(), offset));
                }
                continue;
            }
            for (Record record : batch) {
                if (record.timestamp() >= timestampMs && record.offset() >= fromOffset) {
                    return Optional.of(new TimestampedOffset(record.timestamp(), record.offset()));
                }
            }
        }
        return Optional.empty();
    }

    /** Whether each of its offsets has a record with the batch's timestamp: compaction takes records out. */
    private static boolean hasOneTimestamp(RecordBatch batch) {
        Integer count = batch.countOrNull();
        return batch.timestampType() == TimestampType.LOG_APPEND_TIME
                && count != null
                && count == batch.lastOffset() - batch.baseOffset() + 1;
    }
}
