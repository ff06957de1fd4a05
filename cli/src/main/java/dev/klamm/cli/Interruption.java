package dev.klamm.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in order when the process is told to stop (ctrl-C, SIGTERM): the JVM waits for it, for two seconds
 * at most. To be closed when the command is done.
 */
final class Interruption implements AutoCloseable {

    private static final long PATIENCE_MS = 2_000;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Runnable stop) {
        this.hook = new Thread(() -> {
            stop.run();
            awaitDone();
        });
    }

    /** From now until it is closed, being told to stop calls {@code stop}, from another thread. */
    static Interruption byWhich(Runnable stop) {
        var interruption = new Interruption(stop);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private void awaitDone() {
        try {
            done.await(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is stopping: the hook runs, can't be removed any more, and has just been told that we are
            // done.
        }
    }
}
