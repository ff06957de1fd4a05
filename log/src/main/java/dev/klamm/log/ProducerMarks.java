package dev.klamm.log;

import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What compaction has to know of a log's producers.
 *
 * @param lastBatches of each producer, by producer id
 * @param firstUndecidedOffset where the first transaction begins that is neither committed nor aborted, or MAX_VALUE
 */
record ProducerMarks(Map<Long, LastBatch> lastBatches, long firstUndecidedOffset) {

    /**
     * What a log must keep of a producer so that it knows it again.
     *
     * @param lastOffset of its last batch with records; empty if only a marker is known of it
     */
    record LastBatch(OptionalLong lastOffset, short producerEpoch) {
        boolean is(RecordBatch batch) {
            return lastOffset.isPresent()
                    ? batch.lastOffset() == lastOffset.getAsLong()
                    : batch.isControlBatch() && batch.producerEpoch() == producerEpoch;
        }
    }

    /** Whether the batch has to stay, for its sequence or its epoch, even if no record of it does. */
    boolean needs(RecordBatch batch) {
        LastBatch last = batch.hasProducerId() ? lastBatches.get(batch.producerId()) : null;
        return last != null && last.is(batch);
    }
}
