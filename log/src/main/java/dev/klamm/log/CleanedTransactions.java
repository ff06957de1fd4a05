package dev.klamm.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/**
 * Which transactions a walk through a log is in the middle of. It tells the batches of aborted transactions, which go, and
 * the markers of transactions that have no batch left, which may go once their time is over. Each batch of the log is
 * shown to it once, in order. It may only walk where every transaction is decided, below the last stable offset.
 */
final class CleanedTransactions {
    /** Those that begin behind what has been passed, by their first offset. */
    private final Deque<AbortedTransaction> toCome;

    /** By producer id. */
    private final Map<Long, Ongoing> aborted = new HashMap<>();

    /** The producer ids of transactions that have batches, and will be committed. */
    private final Set<Long> committed = new HashSet<>();

    /** Aborted transactions of which a marker and a batch were passed since {@link #takeKept}. */
    private List<AbortedTransaction> kept = new ArrayList<>();

    private static final class Ongoing {
        private final AbortedTransaction transaction;
        private boolean hasBatches;

        Ongoing(AbortedTransaction transaction) {
            this.transaction = transaction;
        }
    }

    CleanedTransactions(List<AbortedTransaction> abortedTransactions) {
        List<AbortedTransaction> sorted = new ArrayList<>(abortedTransactions);
        sorted.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        toCome = new ArrayDeque<>(sorted);
    }

    /** Whether the batch may be discarded with all its records; a marker only when its time is over, too. */
    boolean isDiscardable(RecordBatch batch) {
        beginUpTo(batch.lastOffset());
        return batch.isControlBatch() ? isDiscardableMarker(batch) : isAborted(batch);
    }

    private void beginUpTo(long offset) {
        while (!toCome.isEmpty() && toCome.element().firstOffset() <= offset) {
            AbortedTransaction next = toCome.remove();
            aborted.putIfAbsent(next.producerId(), new Ongoing(next));
        }
    }

    private boolean isAborted(RecordBatch batch) {
        if (!batch.isTransactional()) {
            return false;
        }
        Ongoing ongoing = aborted.get(batch.producerId());
        if (ongoing == null) {
            committed.add(batch.producerId());
            return false;
        }
        ongoing.hasBatches = true;
        return true;
    }

    private boolean isDiscardableMarker(RecordBatch marker) {
        try (CloseableIterator<Record> records = marker.streamingIterator(BufferSupplier.NO_CACHING)) {
            if (!records.hasNext()) {
                // Its record went in an earlier compaction.
                return true;
            }
            return switch (ControlRecordType.parse(records.next().key())) {
                case COMMIT -> !committed.remove(marker.producerId());
                case ABORT -> !endAborted(marker.producerId());
                default -> false;
            };
        }
    }

    /** Ends the producer's aborted transaction; returns whether any batch of it was passed. */
    private boolean endAborted(long producerId) {
        Ongoing ongoing = aborted.remove(producerId);
        if (ongoing == null || !ongoing.hasBatches) {
            return false;
        }
        kept.add(ongoing.transaction);
        return true;
    }

    /** The transactions that the index of the segment just written has to name, since their markers are kept. */
    List<AbortedTransaction> takeKept() {
        List<AbortedTransaction> taken = kept;
        kept = new ArrayList<>();
        return taken;
    }
}
