package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal has come, as the exclusive bound of an lsn, and the threads that wait for it to come further. One
 * thread advances it; any thread may wait. Waiters are woken one by one, each only when its own lsn is passed.
 */
final class Progress {
    private static final long FOREVER = Long.MAX_VALUE;

    /** Guards {@code waiting}; held for list operations alone. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<Waiting> waiting = new ArrayList<>();
    private volatile long bound;
    private volatile @Nullable JournalFailedException failure;

    private record Waiting(long lsn, Thread thread) {}

    Progress(long bound) {
        this.bound = bound;
    }

    /** Everything below this lsn is done. */
    long bound() {
        return bound;
    }

    boolean isPast(long lsn) {
        return lsn < bound;
    }

    boolean hasWaiters() {
        lock.lock();
        try {
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    void advance(long newBound) {
        bound = newBound;
        wake(newBound);
    }

    /** Ends all waits, now and later, with the failure; what is below the bound stays done. */
    void fail(JournalFailedException cause) {
        failure = cause;
        wake(Long.MAX_VALUE);
    }

    private void wake(long below) {
        lock.lock();
        try {
            waiting.removeIf(one -> {
                if (one.lsn < below) {
                    LockSupport.unpark(one.thread);
                    return true;
                }
                return false;
            });
        } finally {
            lock.unlock();
        }
    }

    void await(long lsn) throws InterruptedException, JournalFailedException {
        await(lsn, FOREVER, () -> {});
    }

    /** @param onWait run if there is something to wait for, once {@link #hasWaiters} tells of this wait */
    void await(long lsn, Runnable onWait) throws InterruptedException, JournalFailedException {
        await(lsn, FOREVER, onWait);
    }

    /** The same for so long; returns whether the bound has passed the lsn. */
    boolean await(long lsn, long timeoutNanos, Runnable onWait) throws InterruptedException, JournalFailedException {
        if (isPast(lsn)) {
            return true;
        }
        Waiting self = new Waiting(lsn, Thread.currentThread());
        lock.lock();
        try {
            waiting.add(self);
        } finally {
            lock.unlock();
        }
        try {
            onWait.run();
            long startNanos = System.nanoTime();
            for (long left = timeoutNanos; !isPast(lsn) && left > 0; left = left(startNanos, timeoutNanos)) {
                if (failure != null) {
                    throw new JournalFailedException(failure);
                }
                park(left);
            }
            return isPast(lsn);
        } finally {
            leave(self);
        }
    }

    private static long left(long startNanos, long timeoutNanos) {
        return timeoutNanos == FOREVER ? FOREVER : timeoutNanos - (System.nanoTime() - startNanos);
    }

    private void park(long nanos) throws InterruptedException {
        if (nanos == FOREVER) {
            // Without the timer that each timed wait of a virtual thread costs.
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, nanos);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** After an interrupt or a failure; and where the bound moved between the look and the wait. */
    private void leave(Waiting self) {
        lock.lock();
        try {
            waiting.remove(self);
        } finally {
            lock.unlock();
        }
    }
}
