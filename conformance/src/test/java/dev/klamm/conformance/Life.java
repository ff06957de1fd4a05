package dev.klamm.conformance;

import java.util.Random;

/** How a process of the broker lives and ends in a run of the crash harness; times in milliseconds. */
sealed interface Life {
    /** Killed so soon after it was ready. */
    record KilledReady(long afterMs) implements Life {}

    /** Killed when it has acknowledged so many records. */
    record KilledAtWork(int acked) implements Life {}

    /** Killed so long after its start, ready or not. */
    record KilledAtStart(long afterMs) implements Life {}

    /** Told to stop when it has acknowledged so many, and killed in the middle of that, if it is not faster. */
    record KilledStopping(int acked, long stoppingMs) implements Life {}

    /** Told to stop when it has acknowledged so many, and left to do so. */
    record Stopped(int acked) implements Life {}

    /** A sequence of lives, the same for the same seed. */
    final class Plan {
        private static final int MOST_ACKED = 1_000;
        private static final int SHORT_MS = 100;
        private static final int STOPPING_MS = 300;
        private static final int LONGEST_BURST = 4;

        private final Random random;
        private int burst;

        Plan(Random random) {
            this.random = random;
        }

        /** @param startMs how long a start takes, about, so that kills hit each part of it */
        Life next(long startMs) {
            if (burst > 0) {
                burst--;
                return killedAtStart(startMs);
            }
            int chance = random.nextInt(100);
            if (chance < 45) {
                return new KilledAtWork(random.nextInt(MOST_ACKED));
            } else if (chance < 65) {
                return new KilledReady(random.nextInt(SHORT_MS));
            } else if (chance < 80) {
                burst = random.nextInt(LONGEST_BURST);
                return killedAtStart(startMs);
            } else if (chance < 95) {
                return new KilledStopping(random.nextInt(MOST_ACKED), random.nextInt(STOPPING_MS));
            }
            return new Stopped(random.nextInt(MOST_ACKED));
        }

        /** The later half: before that a JVM starts, and nothing of ours. */
        private Life killedAtStart(long startMs) {
            return new KilledAtStart(startMs / 2 + random.nextLong(startMs * 6 / 10 + 1));
        }
    }
}
