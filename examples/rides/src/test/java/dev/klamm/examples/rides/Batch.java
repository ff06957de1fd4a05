package dev.klamm.examples.rides;

import dev.klamm.examples.rides.RideJoin.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Utils;

/** What the programs should come to, computed from the list of rides at once: no streams, no state, no clock. */
final class Batch {

    /** A window's bounds, in milliseconds since 1970, and whose it is. */
    record Window(String zone, long from, long to) {}

    private Batch() {}

    static <K> Map<K, Long> counts(List<Ride> rides, Function<Ride, K> key) {
        return rides.stream().collect(Collectors.groupingBy(key, Collectors.counting()));
    }

    static Map<Window, Long> tumbling(List<PickupLocation> pickups) {
        Map<Window, Long> counts = new HashMap<>();
        pickups.forEach(pickup -> counts.merge(tumblingWindow(pickup), 1L, Long::sum));
        return counts;
    }

    private static Window tumblingWindow(PickupLocation pickup) {
        long size = RideWindows.TUMBLING.toMillis();
        long from = RideTime.millis(pickup.pickup()) / size * size;
        return new Window(zone(pickup), from, from + size);
    }

    /** The same with what comes too late left out; each partition of the topic has its own clock. */
    static Map<Window, Long> tumbling(List<PickupLocation> inOrderOfArrival, Duration grace, int partitions) {
        Map<Window, Long> counts = new HashMap<>();
        long[] clocks = new long[partitions];
        for (PickupLocation pickup : inOrderOfArrival) {
            int partition = partition(zone(pickup), partitions);
            clocks[partition] = Math.max(clocks[partition], RideTime.millis(pickup.pickup()));
            Window window = tumblingWindow(pickup);
            if (window.to() + grace.toMillis() > clocks[partition]) {
                counts.merge(window, 1L, Long::sum);
            }
        }
        return counts;
    }

    /** Where Kafka's clients send the key. */
    static int partition(String key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    static Map<Window, Long> hopping(List<PickupLocation> pickups) {
        long size = RideWindows.HOPPING.toMillis();
        long hop = RideWindows.HOP.toMillis();
        Map<Window, Long> counts = new HashMap<>();
        for (PickupLocation pickup : pickups) {
            long time = RideTime.millis(pickup.pickup());
            for (long from = time / hop * hop; from > time - size; from -= hop) {
                counts.merge(new Window(zone(pickup), from, from + size), 1L, Long::sum);
            }
        }
        return counts;
    }

    /** Each ride ends a window, and another begins behind it if somebody follows in its time; both ends are inclusive. */
    static Map<Window, Long> sliding(List<PickupLocation> pickups) {
        long size = RideWindows.SLIDING.toMillis();
        Map<Window, Long> counts = new HashMap<>();
        byZone(pickups)
                .forEach((zone, times) -> times.keySet().forEach(time -> {
                    counts.put(new Window(zone, time - size, time), within(times, time - size, time));
                    long behind = within(times, time + 1, time + 1 + size);
                    if (behind > 0) {
                        counts.put(new Window(zone, time + 1, time + 1 + size), behind);
                    }
                }));
        return counts;
    }

    static Map<Window, Long> sessions(List<PickupLocation> pickups) {
        Map<Window, Long> counts = new HashMap<>();
        byZone(pickups).forEach((zone, times) -> {
            long from = times.firstKey();
            long to = from;
            for (long time : times.keySet()) {
                if (time - to > RideWindows.PAUSE.toMillis()) {
                    counts.put(new Window(zone, from, to), within(times, from, to));
                    from = time;
                }
                to = time;
            }
            counts.put(new Window(zone, from, to), within(times, from, to));
        });
        return counts;
    }

    /** How many at which time. */
    private static Map<String, NavigableMap<Long, Long>> byZone(List<PickupLocation> pickups) {
        Map<String, NavigableMap<Long, Long>> zones = new HashMap<>();
        for (PickupLocation pickup : pickups) {
            zones.computeIfAbsent(zone(pickup), _ -> new TreeMap<>())
                    .merge(RideTime.millis(pickup.pickup()), 1L, Long::sum);
        }
        return zones;
    }

    private static long within(NavigableMap<Long, Long> times, long from, long to) {
        return times.subMap(from, true, to, true).values().stream()
                .mapToLong(it -> it)
                .sum();
    }

    /** How often each result comes. */
    static Map<VendorInfo, Long> join(Kind kind, List<Ride> rides) {
        Map<Integer, NavigableMap<LocalDateTime, List<Ride>>> begun = byTime(rides, Ride::pickupZone, Ride::pickup);
        Map<Integer, NavigableMap<LocalDateTime, List<Ride>>> ended = byTime(rides, Ride::dropoffZone, Ride::dropoff);
        List<VendorInfo> infos = new ArrayList<>();
        for (Ride ride : rides) {
            List<Ride> met = near(begun, ride.dropoffZone(), ride.dropoff());
            met.forEach(it -> infos.add(VendorInfo.of(ride, it.pickupLocation())));
            if (met.isEmpty() && kind != Kind.INNER) {
                infos.add(VendorInfo.of(ride, null));
            }
            if (kind == Kind.OUTER
                    && near(ended, ride.pickupZone(), ride.pickup()).isEmpty()) {
                infos.add(VendorInfo.of(null, ride.pickupLocation()));
            }
        }
        infos.removeIf(info -> !info.isWithin(RideJoin.MOST_APART));
        return infos.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private static Map<Integer, NavigableMap<LocalDateTime, List<Ride>>> byTime(
            List<Ride> rides, Function<Ride, Integer> zone, Function<Ride, LocalDateTime> time) {
        return rides.stream()
                .collect(Collectors.groupingBy(zone, Collectors.groupingBy(time, TreeMap::new, Collectors.toList())));
    }

    private static List<Ride> near(
            Map<Integer, NavigableMap<LocalDateTime, List<Ride>>> rides, int zone, LocalDateTime time) {
        return rides
                .getOrDefault(zone, new TreeMap<>())
                .subMap(time.minus(RideJoin.WINDOW), true, time.plus(RideJoin.WINDOW), true)
                .values()
                .stream()
                .flatMap(Collection::stream)
                .toList();
    }

    private static String zone(PickupLocation pickup) {
        return String.valueOf(pickup.zone());
    }
}
