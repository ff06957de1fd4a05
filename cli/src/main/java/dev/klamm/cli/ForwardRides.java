package dev.klamm.cli;

/**
 * Rides that end when they begin or later. Some that the taxi commission publishes end days before: as events in time they
 * would be late by as much, and whether a join still sees them depends on what else is under way.
 *
 * @param count how many are left
 */
record ForwardRides(RideSource all, long count) implements RideSource {

    static ForwardRides of(RideSource all) {
        long count = 0;
        Cursor cursor = all.open();
        for (Ride ride = cursor.next(); ride != null; ride = cursor.next()) {
            count += isForward(ride) ? 1 : 0;
        }
        return new ForwardRides(all, count);
    }

    private static boolean isForward(Ride ride) {
        return !ride.dropoff().isBefore(ride.pickup());
    }

    @Override
    public Cursor open() {
        Cursor cursor = all.open();
        return () -> {
            Ride ride = cursor.next();
            while (ride != null && !isForward(ride)) {
                ride = cursor.next();
            }
            return ride;
        };
    }
}
