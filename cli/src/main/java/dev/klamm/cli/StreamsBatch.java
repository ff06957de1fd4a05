package dev.klamm.cli;

import dev.klamm.cli.StreamsTally.Pairs;
import dev.klamm.cli.StreamsTally.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the programs should come to, computed from the rides at once: a second reading of the input. */
final class StreamsBatch {

    private static final long WINDOW_SECONDS = 10;
    private static final long MOST_APART_SECONDS = 600;

    private final long[] counts = new long[RideTally.MAX_ZONE + 1];
    private final Map<Window, Long> windows = new HashMap<>();
    private final Pairs pairs;

    /** Of the first rides of a source. */
    StreamsBatch(RideSource source, long count) {
        var pickups = new Times();
        var dropoffs = new Times();
        RideSource.Cursor cursor = source.open();
        long left = count;
        for (Ride ride = cursor.next(); ride != null && left > 0; ride = cursor.next()) {
            long pickup = StreamsTally.seconds(ride.pickup());
            counts[ride.dropoffZone()]++;
            windows.merge(new Window(ride.pickupZone(), pickup / WINDOW_SECONDS * WINDOW_SECONDS), 1L, Long::sum);
            pickups.add(ride.pickupZone(), pickup);
            dropoffs.add(ride.dropoffZone(), StreamsTally.seconds(ride.dropoff()));
            left--;
        }
        pairs = pairs(dropoffs, pickups);
    }

    /** Seconds since 1970, by zone. */
    private static final class Times {
        private final long[][] times = new long[RideTally.MAX_ZONE + 1][16];
        private final int[] counts = new int[RideTally.MAX_ZONE + 1];

        void add(int zone, long seconds) {
            if (counts[zone] == times[zone].length) {
                times[zone] = Arrays.copyOf(times[zone], counts[zone] * 2);
            }
            times[zone][counts[zone]++] = seconds;
        }

        long[] sorted(int zone) {
            long[] sorted = Arrays.copyOf(times[zone], counts[zone]);
            Arrays.sort(sorted);
            return sorted;
        }
    }

    private static Pairs pairs(Times dropoffs, Times pickups) {
        Pairs pairs = Pairs.NONE;
        for (int zone = 0; zone <= RideTally.MAX_ZONE; zone++) {
            long[] begun = pickups.sorted(zone);
            int first = 0;
            for (long dropoff : dropoffs.sorted(zone)) {
                while (first < begun.length && begun[first] < dropoff - MOST_APART_SECONDS) {
                    first++;
                }
                for (int i = first; i < begun.length && begun[i] <= dropoff + MOST_APART_SECONDS; i++) {
                    pairs = pairs.plus(zone, dropoff, begun[i]);
                }
            }
        }
        return pairs;
    }

    long pairs() {
        return pairs.count();
    }

    int windows() {
        return windows.size();
    }

    int zones() {
        return new ZoneCounts(counts).busiest().size();
    }

    /** In words, one a program; empty if the results are the same. */
    List<String> differences(ZoneCounts counts, Pairs pairs, Map<Window, Long> windows) {
        List<String> differences = new ArrayList<>();
        int zones = new ZoneCounts(this.counts).differences(counts).size();
        if (zones > 0) {
            differences.add(Amount.of(zones, "count") + " of zones");
        }
        if (!pairs.equals(this.pairs)) {
            differences.add(
                    String.format(Locale.ROOT, "the pairs (%,d, and %,d in the input)", pairs.count(), pairs()));
        }
        if (!windows.equals(this.windows)) {
            long wrong = this.windows.entrySet().stream()
                    .filter(it -> !it.getValue().equals(windows.get(it.getKey())))
                    .count();
            differences.add(String.format(
                    Locale.ROOT, "%,d windows (%,d came, %,d in the input)", wrong, windows.size(), windows()));
        }
        return differences;
    }
}
