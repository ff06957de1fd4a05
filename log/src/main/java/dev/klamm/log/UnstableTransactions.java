package dev.klamm.log;

import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.LongSupplier;

/**
 * The transactions of one log that hold back its last stable offset: those that are open, and those whose marker is not
 * yet below the high watermark, since a power cut could take it.
 *
 * <p>Changed under the log's lock, always before the journal knows of the batch in question: the high watermark can't pass
 * a batch that is not reflected in here. Any thread asks, without a lock: a log without transactions costs it two reads.
 */
final class UnstableTransactions {
    /** There is no such transaction. */
    static final long NONE = Long.MAX_VALUE;

    private final LongSupplier highWatermark;

    /** Producer ids by the first offsets of their open transactions. */
    private final TreeMap<Long, Long> open = new TreeMap<>();

    /** The first offset of all in {@code open}. */
    private volatile long firstOpen = NONE;

    /** In the order of their markers; those below the high watermark go when somebody looks. */
    private final Deque<Ended> ended = new ConcurrentLinkedDeque<>();

    private record Ended(long firstOffset, long markerOffset) {}

    UnstableTransactions(LongSupplier highWatermark) {
        this.highWatermark = highWatermark;
    }

    void begin(long producerId, long firstOffset) {
        open.put(firstOffset, producerId);
        firstOpen = open.firstKey();
    }

    /**
     * Ends the transaction that began at {@code firstOffset}.
     *
     * @return the last stable offset as Kafka notes it for the transaction: where the first one that stays open began, or
     *     else behind the marker
     */
    long end(long firstOffset, long markerOffset) {
        forgetBelow(highWatermark.getAsLong());
        // Before it is taken out of those that are open: who asks meanwhile finds it here or there.
        ended.addLast(new Ended(firstOffset, markerOffset));
        open.remove(firstOffset);
        firstOpen = open.isEmpty() ? NONE : open.firstKey();
        return open.isEmpty() ? markerOffset + 1 : firstOpen;
    }

    /** Takes up the transactions that a snapshot says are open, in the place of all others. */
    void restart(Map<Long, Long> producerIdsByFirstOffset) {
        ended.clear();
        open.clear();
        open.putAll(producerIdsByFirstOffset);
        firstOpen = open.isEmpty() ? NONE : open.firstKey();
    }

    /** The first offset of those that are open, or {@link #NONE}. */
    long firstOpen() {
        return firstOpen;
    }

    /**
     * The first offset of those that are open or whose marker is not below {@code stable}, or {@link #NONE}.
     *
     * @param stable the high watermark, as it was before this call
     */
    long firstUnstable(long stable) {
        long first = firstOpen;
        forgetBelow(stable);
        for (Ended transaction : ended) {
            first = Math.min(first, transaction.firstOffset);
        }
        return first;
    }

    private void forgetBelow(long stable) {
        Ended oldest = ended.peekFirst();
        while (oldest != null && oldest.markerOffset < stable) {
            // This very one: another thread may have taken it out, and then the next must stay.
            ended.removeFirstOccurrence(oldest);
            oldest = ended.peekFirst();
        }
    }
}
