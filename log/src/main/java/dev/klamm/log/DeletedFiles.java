package dev.klamm.log;

import java.io.IOException;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is deleted already in name, and stays open for a while ({@code file.delete.delay.ms}) for readers that are in the
 * middle of it. The flusher removes it when its time has come; what a stop leaves is removed at the next start.
 */
final class DeletedFiles {
    /** Kafka's mark on files that are about to go. */
    static final String SUFFIX = ".deleted";

    /** A hundred years: beyond that nanoseconds can't be compared. */
    private static final long LONGEST_DELAY_MS = TimeUnit.DAYS.toMillis(36_500);

    private static final Logger LOG = LoggerFactory.getLogger(DeletedFiles.class);

    interface Removal {
        void run() throws IOException;
    }

    private record Waiting(long atNanos, Removal removal) {}

    /** Guards {@code waiting}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The first to go is the first: delays are different, and may be changed. */
    private final Queue<Waiting> waiting = new PriorityQueue<>((a, b) -> Long.signum(a.atNanos - b.atNanos));

    void later(long delayMs, Removal removal) {
        lock.lock();
        try {
            long delayNanos = TimeUnit.MILLISECONDS.toNanos(Math.min(delayMs, LONGEST_DELAY_MS));
            waiting.add(new Waiting(System.nanoTime() + delayNanos, removal));
        } finally {
            lock.unlock();
        }
    }

    /** Removes what is due; all of it if {@code everything}. What can't be removed stays until the next start. */
    void removeDue(boolean everything) {
        for (Waiting next = takeDue(everything); next != null; next = takeDue(everything)) {
            try {
                next.removal.run();
            } catch (IOException e) {
                LOG.error("A deleted file takes up space until the next start", e);
            }
        }
    }

    private @Nullable Waiting takeDue(boolean everything) {
        lock.lock();
        try {
            Waiting first = waiting.peek();
            boolean due = first != null && (everything || first.atNanos - System.nanoTime() <= 0);
            return due ? waiting.remove() : null;
        } finally {
            lock.unlock();
        }
    }
}
