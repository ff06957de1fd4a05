package dev.klamm.broker.net;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the bytes of all requests that are being received or done, whatever sizes their frames claim. A request pays for
 * the bytes that have come in, not for those it has announced, so a claim alone takes nothing from others.
 *
 * <p>Requests that have each received a part could wait for one another for ever. So one of them at a time may overdraw:
 * what is held is at most {@code limitBytes} and one largest request.
 */
final class RequestMemory {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    private final long limitBytes;

    /** Guarded by lock; not above limitBytes. Without what the overdraft holds. */
    private long heldBytes;

    /** Guarded by lock; the lease that may grow beyond the limit, if any. */
    private @Nullable Lease overdraft;

    RequestMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** The share of one request; one thread uses it. */
    final class Lease implements AutoCloseable {
        /** Counted in {@link #heldBytes}. */
        private long countedBytes;

        private long bytes;

        /** Waits until this lease may hold {@code newBytes}, which is not less than before. */
        void growTo(long newBytes) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (!grow(newBytes - bytes)) {
                    released.await();
                }
                bytes = newBytes;
            } finally {
                lock.unlock();
            }
        }

        private boolean grow(long moreBytes) {
            if (overdraft == this) {
                return true;
            }
            if (heldBytes + moreBytes <= limitBytes) {
                heldBytes += moreBytes;
                countedBytes += moreBytes;
                return true;
            }
            if (overdraft == null) {
                overdraft = this;
                return true;
            }
            return false;
        }

        /** Gives everything back; may be used again. */
        @Override
        public void close() {
            if (bytes == 0) {
                return;
            }
            lock.lock();
            try {
                heldBytes -= countedBytes;
                if (overdraft == this) {
                    overdraft = null;
                }
                countedBytes = 0;
                bytes = 0;
                released.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    Lease lease() {
        return new Lease();
    }
}
