package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the tails of all logs may hold together, in bytes. A producer waits here when it is used up, until the
 * flusher has moved tails into segment files. A batch larger than the whole budget is let in when nothing else is held.
 */
final class TailBudget {
    private final long limitBytes;

    /** Guards {@code usedBytes} and {@code failure}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition released = lock.newCondition();
    private long usedBytes;
    private @Nullable JournalFailedException failure;

    TailBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * Waits for room, then takes it. {@code onFull} is run before each wait: it asks the flusher for room.
     *
     * @param isHopeless looked at before each wait: whether no room will come for long
     * @return false if it is hopeless; nothing was taken then
     */
    boolean acquire(int bytes, Runnable onFull, BooleanSupplier isHopeless) throws JournalFailedException {
        lock.lock();
        try {
            while (!fits(bytes)) {
                if (failure != null) {
                    throw new JournalFailedException(failure);
                }
                if (isHopeless.getAsBoolean()) {
                    return false;
                }
                // Each time: others may have taken the room that the last request made.
                onFull.run();
                released.awaitUninterruptibly();
            }
            usedBytes += bytes;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Has who waits look again whether it is hopeless. */
    void wakeWaiting() {
        lock.lock();
        try {
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** As of now; for estimates. */
    long usedBytes() {
        lock.lock();
        try {
            return usedBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Takes room without waiting, beyond the limit if need be: for what the broker itself writes, and for recovery. */
    void take(int bytes) {
        lock.lock();
        try {
            usedBytes += bytes;
        } finally {
            lock.unlock();
        }
    }

    void release(long bytes) {
        lock.lock();
        try {
            usedBytes -= bytes;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is moved any more, so no room will come: ends the waits. */
    void fail(JournalFailedException cause) {
        lock.lock();
        try {
            failure = cause;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isHalfUsed() {
        lock.lock();
        try {
            return usedBytes >= limitBytes / 2;
        } finally {
            lock.unlock();
        }
    }

    private boolean fits(int bytes) {
        return usedBytes <= 0 || usedBytes + bytes <= limitBytes;
    }
}
