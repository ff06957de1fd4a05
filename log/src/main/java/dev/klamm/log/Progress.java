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
        await(lsn, () -> {});
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
            long endNanos = System.nanoTime() + timeoutNanos;
            for (long left = timeoutNanos; !isPast(lsn) && left > 0; left = endNanos - System.nanoTime()) {
                if (failure != null) {
                    throw new JournalFailedException(failure);
                }
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return isPast(lsn);
        } finally {
            leave(self);
        }
    }

    /** @param onWait run if there is something to wait for, once {@link #hasWaiters} tells of this wait */
    void await(long lsn, Runnable onWait) throws InterruptedException, JournalFailedException {
        if (isPast(lsn)) {
            return;
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
            while (!isPast(lsn)) {
                if (failure != null) {
                    throw new JournalFailedException(failure);
                }
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            leave(self);
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
