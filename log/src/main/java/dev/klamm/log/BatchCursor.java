package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Steps from batch to batch through a segment file, reading headers and as little else as it can. Small batches come
 * many to a read; over the rest of a large one it jumps.
 *
 * <pre>{@code
 * BatchCursor cursor = new BatchCursor(file, from, to);
 * while (cursor.next()) {
 *     RecordBatchHeader.lastOffset(cursor.window(), cursor.header()) ...
 * }
 * }</pre>
 */
final class BatchCursor {
    private static final int WINDOW_BYTES = 8192;

    private final Storage.File file;
    private final long limit;
    private ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
    private long windowPosition;
    private long position;
    private int sizeBytes;

    /** @param to where the log ends, exclusive; a batch that does not end there or before is not stepped on */
    BatchCursor(Storage.File file, long from, long to) {
        this.file = file;
        this.position = from;
        this.limit = to;
    }

    /** Steps on the next batch; false at the end, and where what follows is no whole batch ({@link #position} tells). */
    boolean next() throws IOException {
        position += sizeBytes;
        sizeBytes = 0;
        if (position + RecordBatchHeader.SIZE > limit) {
            return false;
        }
        if (!isInWindow(RecordBatchHeader.SIZE)) {
            fillWindow(WINDOW_BYTES);
        }
        int size = RecordBatchHeader.sizeInBytes(window, header());
        if (size < RecordBatchHeader.SIZE || position + size > limit || size < 0) {
            return false;
        }
        sizeBytes = size;
        return true;
    }

    private boolean isInWindow(int bytes) {
        return position >= windowPosition && position + bytes <= windowPosition + window.limit();
    }

    private void fillWindow(int bytes) throws IOException {
        if (window.capacity() < bytes) {
            window = ByteBuffer.allocate(bytes);
        }
        window.clear().limit((int) Math.min(bytes, limit - position));
        file.read(window, position);
        window.flip();
        windowPosition = position;
    }

    /** Where the batch begins in the file; after the end, where stepping ended. */
    long position() {
        return position;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** The bytes that hold the batch's header, at {@link #header}. */
    ByteBuffer window() {
        return window;
    }

    int header() {
        return (int) (position - windowPosition);
    }

    long lastOffset() {
        return RecordBatchHeader.lastOffset(window, header());
    }

    /** The whole batch, valid until the next step. */
    ByteBuffer batch() throws IOException {
        if (!isInWindow(sizeBytes)) {
            fillWindow(sizeBytes);
        }
        return window.slice(header(), sizeBytes);
    }
}
