package dev.klamm.log;

import java.util.concurrent.locks.LockSupport;

/**
 * One thread that waits for any of several logs to move. Register it with each log first, then look at the logs, then
 * wait: what happens in between is not missed.
 */
public final class Waiter {
    private final Thread thread = Thread.currentThread();
    private volatile boolean woken;

    /** Called by the log; cheap, never blocks. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /**
     * Waits until {@link #wake} was called since the last return from here.
     *
     * @return false if {@code deadlineNanos} ({@link System#nanoTime}) passed first
     */
    public boolean await(long deadlineNanos) throws InterruptedException {
        while (!woken) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, leftNanos);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        woken = false;
        return true;
    }
}
