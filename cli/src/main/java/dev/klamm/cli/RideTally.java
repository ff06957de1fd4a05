package dev.klamm.cli;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;

/**
 * What has been counted. A record that comes again, as happens when a member takes over where another has not committed,
 * is known by its offset and counts once. A ride that stands in the topic twice is known by its number, and is counted as
 * wrong. Used by all members at a time.
 */
final class RideTally {

    /** The TLC has numbered its zones up to 265. */
    static final int MAX_ZONE = 265;

    /** Guards all fields. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<TopicPartition, Long> nextOffsets = new HashMap<>();
    private final Map<TopicPartition, Long> perPartition = new HashMap<>();
    private final BitSet seen = new BitSet();
    private final long[] perZone = new long[MAX_ZONE + 1];
    private long rides;
    private long twice;

    /**
     * As of a moment.
     *
     * @param nextOffsets behind the last record seen in each partition
     * @param perZone rides by pickup zone
     * @param rides different ones
     * @param twice rides that came again at another offset
     */
    record Snapshot(
            Map<TopicPartition, Long> nextOffsets,
            Map<TopicPartition, Long> perPartition,
            ZoneCounts perZone,
            long rides,
            long twice) {}

    /** Counts a ride, unless the record at this offset has been seen. */
    void count(TopicPartition partition, long offset, int number, int zone) {
        lock.lock();
        try {
            if (!pass(partition, offset)) {
                return;
            }
            if (seen.get(number)) {
                twice++;
                return;
            }
            seen.set(number);
            rides++;
            perZone[zone]++;
            perPartition.merge(partition, 1L, Long::sum);
        } finally {
            lock.unlock();
        }
    }

    /** Passes a record that is not of this run. */
    void skip(TopicPartition partition, long offset) {
        lock.lock();
        try {
            pass(partition, offset);
        } finally {
            lock.unlock();
        }
    }

    /** Returns false if this record has been seen. */
    private boolean pass(TopicPartition partition, long offset) {
        if (offset < nextOffsets.getOrDefault(partition, 0L)) {
            return false;
        }
        nextOffsets.put(partition, offset + 1);
        return true;
    }

    Snapshot snapshot() {
        lock.lock();
        try {
            return new Snapshot(
                    Map.copyOf(nextOffsets),
                    Map.copyOf(perPartition),
                    new ZoneCounts(Arrays.copyOf(perZone, perZone.length)),
                    rides,
                    twice);
        } finally {
            lock.unlock();
        }
    }
}
