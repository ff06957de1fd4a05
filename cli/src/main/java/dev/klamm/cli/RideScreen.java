package dev.klamm.cli;

import dev.klamm.cli.RideRun.Progress;

/** Shows how far a run of the demo is. */
interface RideScreen extends AutoCloseable {

    /** How often it wants to be asked. */
    long intervalMs();

    void show(Progress progress);

    @Override
    void close();
}
