package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.List;

/** What a read of a log gives. */
public sealed interface ReadResult {

    /** The offset lies below the log start offset or beyond the log end offset. */
    record OutOfRange(long logStartOffset, long logEndOffset) implements ReadResult {}

    /** The bytes at this offset are damaged on disk; {@code message} names the file and what is wrong. */
    record Corrupt(String message) implements ReadResult {}

    /** The disk did not give the bytes; another time it may. */
    record Failed(String message) implements ReadResult {}

    /**
     * Consecutive record batches, the first of which holds the wanted offset, or is the first behind it. They are whole,
     * and have been verified.
     */
    sealed interface Records extends ReadResult {
        int sizeBytes();

        /** Behind the last offset of these batches. */
        long endOffset();
    }

    /** In memory, not to be changed; empty at the end of the log. */
    record InMemory(List<ByteBuffer> buffers, int sizeBytes, long endOffset) implements Records {
        public static final InMemory EMPTY = new InMemory(List.of(), 0, 0);
    }

    /** In a segment file. The file stays open at least {@code file.delete.delay.ms} beyond the segment's deletion. */
    record InFile(Storage.File file, long position, int sizeBytes, long endOffset) implements Records {}
}
