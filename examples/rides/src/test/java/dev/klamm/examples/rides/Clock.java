package dev.klamm.examples.rides;

import java.time.LocalDateTime;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The time of a stream is that of its records: what waits for a window's end waits for a later ride. This sends one now and
 * then, years later than the rides, to each partition of rides and pickups.
 */
final class Clock implements AutoCloseable {

    /** Zones from here on are the clock's: no real one has such a number. */
    private static final int FIRST_ZONE = 1_000;

    private static final int ZONES = 1_000;
    private static final LocalDateTime LATER = LocalDateTime.of(2022, 1, 1, 0, 0);

    /** More than Kafka Streams lets go by until it looks again for what has met nobody. */
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1_100);

    private final JsonProducer rides;
    private final JsonProducer pickups;
    private final List<Integer> zones;
    private int ticks;
    private long nextNanos = System.nanoTime();

    Clock(String bootstrapServers, String rides, String pickups, int partitions) {
        this.rides = new JsonProducer(bootstrapServers, rides);
        this.pickups = new JsonProducer(bootstrapServers, pickups);
        var zones = new TreeMap<Integer, Integer>();
        for (int zone = FIRST_ZONE; zone < FIRST_ZONE + ZONES; zone++) {
            zones.putIfAbsent(Batch.partition(String.valueOf(zone), partitions), zone);
        }
        this.zones = List.copyOf(zones.values());
    }

    static boolean isOfTheClock(int zone) {
        return zone >= FIRST_ZONE;
    }

    /** Does nothing if the last time was just now. */
    void tick() {
        if (System.nanoTime() < nextNanos) {
            return;
        }
        nextNanos = System.nanoTime() + INTERVAL_NANOS;
        LocalDateTime time = LATER.plusHours(ticks++);
        for (int zone : zones) {
            var ride = new Ride(null, time, time, zone, zone, 0, 0);
            rides.send(zone, ride);
            pickups.send(zone, ride.pickupLocation());
        }
    }

    @Override
    public void close() {
        rides.close();
        pickups.close();
    }
}
