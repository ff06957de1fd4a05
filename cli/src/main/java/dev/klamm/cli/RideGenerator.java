package dev.klamm.cli;

import java.time.LocalDateTime;
import java.util.SplittableRandom;

/**
 * Rides that might have been: the same ones for the same seed. Prices are New York's of 2020.
 *
 * @param timesAsRare as in New York; more than 1 makes the same number of rides take longer
 */
record RideGenerator(long seed, long count, Zones zones, double timesAsRare) implements RideSource {

    private static final LocalDateTime START = LocalDateTime.of(2020, 1, 6, 0, 0);

    /** Pickups per second in each hour of the day. */
    private static final double[] PER_SECOND = {
        0.9, 0.6, 0.4, 0.3, 0.3, 0.5, 1.2, 2.1, 2.7, 2.6, 2.5, 2.6, 2.8, 2.8, 3.0, 3.0, 2.8, 3.2, 3.5, 3.3, 2.9, 2.7,
        2.3, 1.6
    };

    private static final double FLAG_DROP = 2.5;
    private static final double PER_MILE = 2.5;
    private static final double SURCHARGES = 3.3;

    @Override
    public Cursor open() {
        var random = new SplittableRandom(seed);
        var state = new Object() {
            long made;
            double seconds;
        };
        return () -> {
            if (state.made == count) {
                return null;
            }
            state.made++;
            int hour = (int) (state.seconds / 3600 % 24);
            state.seconds += timesAsRare * random.nextExponential() / PER_SECOND[hour];
            return ride(random, START.plusSeconds((long) state.seconds));
        };
    }

    private Ride ride(SplittableRandom random, LocalDateTime pickup) {
        double miles = round(Math.max(0.3, Math.exp(random.nextGaussian(0.6, 0.75))));
        double milesPerHour = Math.clamp(random.nextGaussian(11, 3), 4, 25) + Math.min(20, miles);
        long seconds = 60 + Math.round(miles / milesPerHour * 3600);
        double fare = round(FLAG_DROP + PER_MILE * miles + 0.2 * seconds / 60);
        double tip = random.nextInt(10) < 7 ? round((fare + SURCHARGES) * random.nextDouble(0.1, 0.3)) : 0;
        return new Ride(
                random.nextInt(3) == 0 ? 1 : 2,
                pickup,
                pickup.plusSeconds(seconds),
                random.nextInt(10) < 7 ? 1 : 1 + random.nextInt(6),
                miles,
                zones.pick(random),
                zones.pick(random),
                fare,
                tip,
                round(fare + SURCHARGES + tip));
    }

    private static double round(double amount) {
        return Math.round(amount * 100) / 100.0;
    }
}
