package dev.klamm.examples.rides;

import java.time.LocalDateTime;
import java.time.LocalTime;

/** Rides of the first of July 2020, for tests. */
final class SomeRides {

    private SomeRides() {}

    static Ride ride(String pickup, int pickupZone, String dropoff, int dropoffZone) {
        return new Ride(2, at(pickup), at(dropoff), pickupZone, dropoffZone, 1.5, 9.3);
    }

    static PickupLocation pickup(String time, int zone) {
        return new PickupLocation(zone, at(time));
    }

    static LocalDateTime at(String time) {
        return LocalTime.parse(time).atDate(java.time.LocalDate.of(2020, 7, 1));
    }
}
