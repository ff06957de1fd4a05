package dev.klamm.cli;

import dev.klamm.examples.rides.VendorInfo;
import dev.klamm.examples.rides.WindowCount;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The results of the three programs so far: of counts and windows the newest, of pairs all. Used by two threads. */
final class StreamsTally {

    private static final int MOST_LATEST = 6;

    /** Guards all fields. */
    private final ReentrantLock lock = new ReentrantLock();

    private final long[] counts = new long[RideTally.MAX_ZONE + 1];
    private final long[] begun = new long[RideTally.MAX_ZONE + 1];
    private final Map<Window, Long> windows = new HashMap<>();
    private final Deque<VendorInfo> latest = new ArrayDeque<>();
    private final Set<String> endMarks = new HashSet<>();
    private long counted;
    private long inWindows;
    private Pairs pairs = Pairs.NONE;

    /** @param from the first second of it, since 1970 */
    record Window(int zone, long from) {}

    /**
     * A bag of pairs, without keeping them.
     *
     * @param sum of the pairs' hashes, which doesn't depend on their order
     */
    record Pairs(long count, long sum) {
        static final Pairs NONE = new Pairs(0, 0);

        Pairs plus(int zone, long dropoff, long pickup) {
            long hash = Objects.hash(zone, dropoff, pickup) * 0x9E3779B97F4A7C15L;
            return new Pairs(count + 1, sum + (hash ^ hash >>> 29));
        }
    }

    /**
     * As of a moment.
     *
     * @param counted rides in all counts
     * @param inWindows rides in all windows
     * @param begun rides in windows, by pickup zone
     * @param latest pairs, the newest first
     */
    record Snapshot(
            long counted, long inWindows, int windows, Pairs pairs, ZoneCounts begun, List<VendorInfo> latest) {}

    /** The new count of a key, which is a drop-off zone. */
    void takeCount(int zone, long count) {
        locked(() -> {
            if (EndMarks.isOne(zone)) {
                endMarks.add("count " + zone);
            } else {
                counted += count - counts[zone];
                counts[zone] = count;
            }
        });
    }

    void takePair(VendorInfo pair) {
        locked(() -> {
            if (EndMarks.isOne(pair.zone())) {
                endMarks.add("pair " + pair.zone());
            } else {
                pairs = pairs.plus(pair.zone(), seconds(pair.lastDropoff()), seconds(pair.pickup()));
                latest.addFirst(pair);
                if (latest.size() > MOST_LATEST) {
                    latest.removeLast();
                }
            }
        });
    }

    void takeWindow(WindowCount window) {
        int zone = Integer.parseInt(window.zone());
        locked(() -> {
            if (EndMarks.isOne(zone)) {
                endMarks.add("window " + zone);
            } else {
                Long before = windows.put(new Window(zone, seconds(window.from())), window.rides());
                long more = window.rides() - (before == null ? 0 : before);
                inWindows += more;
                begun[zone] += more;
            }
        });
    }

    /** Since 1970; of a time that is not there, -1. */
    static long seconds(@Nullable LocalDateTime time) {
        return time == null ? -1 : time.toEpochSecond(ZoneOffset.UTC);
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    /** How many end marks have come out of all programs; each of the three lets each pass. */
    int endMarks() {
        lock.lock();
        try {
            return endMarks.size();
        } finally {
            lock.unlock();
        }
    }

    Snapshot snapshot() {
        lock.lock();
        try {
            return new Snapshot(
                    counted, inWindows, windows.size(), pairs, new ZoneCounts(begun.clone()), List.copyOf(latest));
        } finally {
            lock.unlock();
        }
    }

    /** What is wrong with the results: in words, one a program; empty if they are equal to those of a batch. */
    List<String> differences(StreamsBatch batch) {
        lock.lock();
        try {
            return batch.differences(new ZoneCounts(counts.clone()), pairs, windows);
        } finally {
            lock.unlock();
        }
    }
}
