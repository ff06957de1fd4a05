package dev.klamm.cli;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Rides by pickup zone. */
final class ZoneCounts {

    private final long[] rides;

    /** @param rides by zone; not to be changed any more */
    ZoneCounts(long[] rides) {
        this.rides = rides;
    }

    /** Counts the first rides of a source. */
    static ZoneCounts of(RideSource source, long count) {
        long[] rides = new long[RideTally.MAX_ZONE + 1];
        RideSource.Cursor cursor = source.open();
        for (long i = 0; i < count; i++) {
            Ride ride = cursor.next();
            if (ride != null) {
                rides[ride.pickupZone()]++;
            }
        }
        return new ZoneCounts(rides);
    }

    long of(int zone) {
        return rides[zone];
    }

    /** Zones with rides, the busiest first. */
    List<Integer> busiest() {
        return IntStream.range(0, rides.length)
                .filter(zone -> rides[zone] > 0)
                .boxed()
                .sorted(Comparator.comparingLong((Integer zone) -> -rides[zone]))
                .toList();
    }

    /** Zones whose numbers are not the same, in order. */
    List<Integer> differences(ZoneCounts other) {
        return IntStream.range(0, rides.length)
                .filter(zone -> rides[zone] != other.rides[zone])
                .boxed()
                .toList();
    }
}
