package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Turns many small pieces into few large writes. The pieces are copied once, into memory outside the heap, from where the
 * kernel takes them; NIO would make the same copy for each piece, and keep a buffer for each. Used by one thread at a time.
 */
final class WriteBuffer {
    private static final int SIZE_BYTES = 1 << 20;

    /** Allocated at the first use. */
    private @Nullable ByteBuffer staged;

    private Storage.@Nullable File file;
    private long position;

    /**
     * What is put from now on goes to {@code position} of the file. Everything put before was flushed, or is forgotten after
     * a flush that failed.
     */
    void startAt(Storage.File newFile, long newPosition) {
        if (staged != null) {
            staged.clear();
        }
        file = newFile;
        position = newPosition;
    }

    /** Copies what remains in {@code piece}, without moving its position. */
    void put(ByteBuffer piece) throws IOException {
        if (staged == null) {
            staged = ByteBuffer.allocateDirect(SIZE_BYTES);
        }
        int from = piece.position();
        int left = piece.remaining();
        while (left > 0) {
            if (!staged.hasRemaining()) {
                flush();
            }
            int count = Math.min(left, staged.remaining());
            staged.put(staged.position(), piece, from, count);
            staged.position(staged.position() + count);
            from += count;
            left -= count;
        }
    }

    void flush() throws IOException {
        if (staged == null || staged.position() == 0 || file == null) {
            return;
        }
        staged.flip();
        int count = staged.remaining();
        file.write(new ByteBuffer[] {staged}, position);
        position += count;
        staged.clear();
    }
}
