package dev.klamm.broker.net;

import dev.klamm.broker.api.Answer;
import dev.klamm.broker.api.RequestContext;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one connection, between the thread that reads and the one that answers. It also says whose turn it is to
 * write to the socket: the reading thread's while {@link #isIdle}, the answering thread's otherwise. Since only the reading
 * thread adds, what is idle stays so until it adds something.
 */
final class AnswerQueue {
    private static final int MAX_ANSWERS = 64;

    /** A client that does not read its answers stops being read when so much has piled up. */
    private static final int MAX_HELD_BYTES = 1 << 20;

    sealed interface Entry {}

    record Ready(ResponseFrame frame) implements Entry {}

    record Waiting(RequestContext context, Answer.Pending pending) implements Entry {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final Condition done = lock.newCondition();

    /** Guarded by lock, as is all that follows. */
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    private long heldBytes;

    /** The answering thread has taken entries and not yet written them. */
    private boolean isWriting;

    private boolean isClosed;

    /** True if every answer that was added has been written. */
    boolean isIdle() {
        lock.lock();
        try {
            return entries.isEmpty() && !isWriting;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for room. */
    void add(Entry entry) throws InterruptedException, ClosedChannelException {
        lock.lockInterruptibly();
        try {
            while (!isClosed && (entries.size() >= MAX_ANSWERS || heldBytes >= MAX_HELD_BYTES)) {
                done.await();
            }
            if (isClosed) {
                throw new ClosedChannelException();
            }
            entries.add(entry);
            heldBytes += heldBytes(entry);
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Says that what was taken before is written, and waits for the next entry.
     *
     * @return null once the queue is closed
     */
    @Nullable
    Entry take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            isWriting = false;
            done.signal();
            while (entries.isEmpty() && !isClosed) {
                added.await();
            }
            isWriting = !isClosed;
            return isClosed ? null : remove();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the frames that are next and need not be waited for, until there are {@code maxBytes} of them. */
    void takeReady(List<ResponseFrame> frames, int maxBytes) {
        lock.lock();
        try {
            long bytes = 0;
            while (bytes < maxBytes && entries.peek() instanceof Ready(ResponseFrame frame)) {
                remove();
                frames.add(frame);
                bytes += frame.sizeBytes();
            }
        } finally {
            lock.unlock();
        }
    }

    private Entry remove() {
        Entry entry = entries.remove();
        heldBytes -= heldBytes(entry);
        return entry;
    }

    private static long heldBytes(Entry entry) {
        return entry instanceof Ready(ResponseFrame frame) ? frame.heldBytes() : 0;
    }

    /** Waits until every answer is written, or the queue is closed. */
    void awaitIdle() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!isClosed && (!entries.isEmpty() || isWriting)) {
                done.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends both threads' waiting here; what has not been taken is dropped. */
    void close() {
        lock.lock();
        try {
            isClosed = true;
            entries.clear();
            added.signal();
            done.signal();
        } finally {
            lock.unlock();
        }
    }
}
