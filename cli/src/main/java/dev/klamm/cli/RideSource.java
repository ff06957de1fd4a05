package dev.klamm.cli;

import org.jspecify.annotations.Nullable;

/** Rides in the order of their pickups. Reading it from the start again gives the same ones. */
interface RideSource {

    /** How many there are. */
    long count();

    Cursor open();

    /** One pass over the rides. */
    interface Cursor {
        /** The next ride, null after the last. */
        @Nullable
        Ride next();
    }
}
