package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Memory outside the heap for a {@link SegmentCheck}, lent for one read. A few buffers are kept for those that follow;
 * when they are all in use, others come from the heap.
 */
record CheckBuffer(ByteBuffer bytes) implements AutoCloseable {
    private static final int KEPT = 8;
    private static final ArrayBlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(KEPT);

    static {
        for (int i = 0; i < KEPT; i++) {
            // Given memory at the first use.
            FREE.add(ByteBuffer.allocate(0));
        }
    }

    static CheckBuffer take() {
        ByteBuffer free = FREE.poll();
        if (free == null) {
            return new CheckBuffer(ByteBuffer.allocate(SegmentCheck.BUFFER_BYTES));
        }
        return new CheckBuffer(free.capacity() > 0 ? free : ByteBuffer.allocateDirect(SegmentCheck.BUFFER_BYTES));
    }

    @Override
    public void close() {
        if (bytes.isDirect()) {
            FREE.add(bytes);
        }
    }
}
