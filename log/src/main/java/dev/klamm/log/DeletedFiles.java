package dev.klamm.log;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is deleted already in name, and stays open for a while ({@code file.delete.delay.ms}) for readers that are in the
 * middle of it. The flusher removes it when its time has come; what a stop leaves is removed at the next start.
 */
final class DeletedFiles {
    /** Kafka's mark on files that are about to go. */
    static final String SUFFIX = ".deleted";

    interface Removal {
        void run() throws IOException;
    }

    private record Waiting(long atNanos, Removal removal) {}

    /** Guards {@code waiting}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Queue<Waiting> waiting = new ArrayDeque<>();

    void later(long delayMs, Removal removal) {
        lock.lock();
        try {
            waiting.add(new Waiting(System.nanoTime() + delayMs * 1_000_000, removal));
        } finally {
            lock.unlock();
        }
    }

    /** Removes what is due; all of it if {@code everything}. */
    void removeDue(boolean everything) throws IOException {
        for (Waiting next = takeDue(everything); next != null; next = takeDue(everything)) {
            next.removal.run();
        }
    }

    private @org.jspecify.annotations.Nullable Waiting takeDue(boolean everything) {
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
