package dev.klamm.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares the {@code .txnindex} of the segments of one log with their batches, which are shown to it one by one, from the
 * first segment on. What it lacks are aborted records that consumers take for committed ones; what it names without reason
 * are committed records that they don't get.
 */
final class TransactionIndexCheck {
    private final ProducerStates states;
    private long logStart = -1;

    /** Bytes that can't be read, or that compaction took, may have told of transactions. */
    private boolean isBlind;

    TransactionIndexCheck(LogId id) {
        this.states = new ProducerStates(id, () -> Long.MAX_VALUE);
    }

    /** The good batch that the check stands on. */
    void batch(SegmentCheck check) throws IOException {
        if (logStart < 0) {
            logStart = RecordBatchHeader.baseOffset(check.header(), 0);
        }
        states.update(check);
    }

    /** From here on nothing can be said. */
    void isBlind() {
        isBlind = true;
    }

    /**
     * What is wrong with the index of the segment whose last batch was shown last; null if nothing is, or if it can't be told.
     *
     * @throws GarbledFileException if it is no row of entries
     */
    @Nullable
    String fault(Path index) throws IOException {
        Map<Long, AbortedTransaction> expected = new TreeMap<>();
        states.takeAborted().forEach(transaction -> expected.put(transaction.lastOffset(), transaction));
        if (isBlind) {
            return null;
        }
        for (SideFiles.AbortedTransaction named : read(index)) {
            AbortedTransaction found = expected.remove(named.lastOffset());
            if (!isSame(named, found)) {
                return "has an aborted transaction of producer %d from offset %d to %d, which the batches do not have"
                        .formatted(named.producerId(), named.firstOffset(), named.lastOffset());
            }
        }
        return expected.isEmpty()
                ? null
                : "lacks the aborted transaction that ends at offset %d; consumers take its records for committed"
                        .formatted(expected.keySet().iterator().next());
    }

    private static List<SideFiles.AbortedTransaction> read(Path index) throws IOException {
        try {
            return SideFiles.transactionIndex(index);
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    /** Of what began before the log does, there may be no more than the marker. */
    private boolean isSame(SideFiles.AbortedTransaction named, @Nullable AbortedTransaction found) {
        if (named.firstOffset() < logStart) {
            return found == null || found.producerId() == named.producerId();
        }
        return found != null && found.producerId() == named.producerId() && found.firstOffset() == named.firstOffset();
    }
}
