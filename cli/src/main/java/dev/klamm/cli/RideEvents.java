package dev.klamm.cli;

import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What is known of rides as time goes by: that somebody was picked up, and later the whole ride, when it ends. */
final class RideEvents {

    /** @param isPickup false for the end */
    record Event(Ride ride, boolean isPickup) {
        LocalDateTime time() {
            return isPickup ? ride.pickup() : ride.dropoff();
        }
    }

    private final RideSource.Cursor rides;
    private final Queue<Ride> underWay = new PriorityQueue<>(Comparator.comparing(Ride::dropoff));
    private @Nullable Ride waiting;

    /** @param rides in the order of their pickups, none of which ends before it begins */
    RideEvents(RideSource.Cursor rides) {
        this.rides = rides;
        this.waiting = rides.next();
    }

    /** The next one, in the order of time; null after the last. */
    @Nullable
    Event next() {
        Ride pickup = waiting;
        Ride end = underWay.peek();
        if (end != null && (pickup == null || !end.dropoff().isAfter(pickup.pickup()))) {
            return new Event(underWay.remove(), false);
        }
        if (pickup == null) {
            return null;
        }
        underWay.add(pickup);
        waiting = rides.next();
        return new Event(pickup, true);
    }

    /** No ride begins any more; those that are under way still end. */
    void beginNoMore() {
        waiting = null;
    }
}
