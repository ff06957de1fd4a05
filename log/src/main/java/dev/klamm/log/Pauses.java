package dev.klamm.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The pauses of a thread that works now and then. They end at once when it is to stop. */
final class Pauses {
    /** Guards {@code isStopping}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition stopped = lock.newCondition();
    private boolean isStopping;

    /** Returns whether to go on afterwards; false at once when stopping. */
    boolean pause(long ms) throws InterruptedException {
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(ms);
            while (!isStopping && leftNanos > 0) {
                leftNanos = stopped.awaitNanos(leftNanos);
            }
            return !isStopping;
        } finally {
            lock.unlock();
        }
    }

    void stop() {
        lock.lock();
        try {
            isStopping = true;
            stopped.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
