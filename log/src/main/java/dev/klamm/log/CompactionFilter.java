package dev.klamm.log;

import java.util.OptionalLong;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What compaction keeps, by Kafka's rules: of each key the record with the last offset; a tombstone until
 * {@code delete.retention.ms} after the first compaction that met it, which writes that time into its batch (KIP-534); no
 * record of an aborted transaction; a transaction's marker as long as the log has a batch of it, and then as long as a
 * tombstone. A batch may stay without its records: the last one of a producer, for its sequence, and the last one that is
 * compacted, for the offset.
 */
final class CompactionFilter extends RecordFilter {

    /**
     * @param keys the last offsets of the keys below {@code mappedEnd}, as far as they are new
     * @param mappedEnd records from here on all stay
     * @param endOffset of what is compacted, exclusive
     */
    record Bounds(OffsetMap keys, long mappedEnd, long endOffset) {}

    private final Bounds bounds;
    private final CleanedTransactions transactions;
    private final ProducerMarks producers;

    /** Of the batch that is looked at. */
    private boolean discardsRecords;

    CompactionFilter(
            Bounds bounds,
            CleanedTransactions transactions,
            ProducerMarks producers,
            long nowMs,
            long deleteRetentionMs) {
        super(nowMs, deleteRetentionMs);
        this.bounds = bounds;
        this.transactions = transactions;
        this.producers = producers;
    }

    @Override
    protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
        boolean isDiscardable = transactions.isDiscardable(batch);
        discardsRecords = isDiscardable && (!batch.isControlBatch() || isBeyondHorizon(batch));
        return new BatchRetentionResult(retention(batch), isDiscardable && batch.isControlBatch());
    }

    private BatchRetention retention(RecordBatch batch) {
        if (producers.needs(batch) || batch.nextOffset() == bounds.endOffset) {
            return BatchRetention.RETAIN_EMPTY;
        }
        return discardsRecords ? BatchRetention.DELETE : BatchRetention.DELETE_EMPTY;
    }

    /** Whether the time of the batch's tombstones, or of its marker, is over; it has none before it was compacted once. */
    private boolean isBeyondHorizon(RecordBatch batch) {
        OptionalLong horizonMs = batch.deleteHorizonMs();
        return horizonMs.isPresent() && horizonMs.getAsLong() <= currentTime;
    }

    @Override
    protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
        if (discardsRecords) {
            return false;
        }
        if (batch.isControlBatch() || record.offset() >= bounds.mappedEnd) {
            return true;
        }
        // Records without keys were written before the topic was compacted.
        return record.hasKey()
                && record.offset() >= bounds.keys.get(record.key())
                && (record.hasValue() || !isBeyondHorizon(batch));
    }
}
