package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Steps through what lies in a file of record batches (a segment's {@code .log}, a KRaft {@code .checkpoint}), or in a part
 * of a file, and leaves it as it is. The file may grow or shrink meanwhile, as a running broker's does: what counts is
 * its size at the beginning.
 */
public final class StoredBatches implements Closeable {
    private static final int WINDOW_BYTES = 64 << 10;

    private final Storage.File file;
    private final long limit;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
    private long windowPosition;
    private long position;
    private long expectedOffset;

    /** What is found from one position on. */
    public sealed interface Piece permits StoredBatch, Unreadable {
        long position();

        long sizeBytes();
    }

    /** Bytes that are no batch. */
    public record Unreadable(long position, long sizeBytes, String what) implements Piece {}

    private StoredBatches(Storage.File file, long from, long to) {
        this.file = file;
        this.position = from;
        this.limit = to;
    }

    /** @throws java.nio.file.NoSuchFileException if there is no such file */
    public static StoredBatches open(Path path) throws IOException {
        Storage.File file = ReadOnlyStorage.ofThisMachine().openForReading(path);
        return new StoredBatches(file, 0, file.size());
    }

    /** The part of a file from one position to another, exclusive. */
    static StoredBatches open(Path path, long from, long to) throws IOException {
        Storage.File file = ReadOnlyStorage.ofThisMachine().openForReading(path);
        return new StoredBatches(file, from, Math.min(to, file.size()));
    }

    /** The next batch, or a piece that is none; null at the end. */
    public @Nullable Piece next() throws IOException {
        long left = limit - position;
        if (left <= 0) {
            return null;
        }
        ByteBuffer header = header();
        if (header.limit() < RecordBatchHeader.SIZE || !isPlausible(header, left)) {
            return unreadable(header.limit() > 0 && isZero(header));
        }
        var batch = new StoredBatch(file, position, header);
        position += batch.sizeBytes();
        expectedOffset = Math.max(expectedOffset, batch.lastOffset() + 1);
        return batch;
    }

    private static boolean isPlausible(ByteBuffer header, long left) {
        long sizeBytes = (long) RecordBatchHeader.length(header, 0) + RecordBatchHeader.LENGTH_OVERHEAD;
        return RecordBatchHeader.magic(header, 0) == RecordBatchHeader.MAGIC_2
                && sizeBytes >= RecordBatchHeader.SIZE
                && sizeBytes <= left;
    }

    /** Goes on at the next good batch, if there is one. */
    private Unreadable unreadable(boolean isZero) throws IOException {
        var bounds = new SegmentCheck.Bounds(expectedOffset, Long.MAX_VALUE);
        var check = new SegmentCheck(file, bounds, Math.min(limit, file.size()), ByteBuffer.allocate(WINDOW_BYTES));
        check.startAt(position, expectedOffset).next();
        DamagedRange damaged = check.damaged();
        long end = damaged == null ? limit : damaged.to();
        String what = damaged == null || isZero ? (isZero ? "zeros" : "the file has shrunk") : damaged.what();
        var piece = new Unreadable(position, end - position, what);
        position = end;
        return piece;
    }

    private ByteBuffer header() throws IOException {
        if (position < windowPosition || position + RecordBatchHeader.SIZE > windowPosition + window.limit()) {
            window.clear().limit((int) Math.min(WINDOW_BYTES, limit - position));
            file.read(window, position);
            window.flip();
            windowPosition = position;
        }
        int size = Math.min(RecordBatchHeader.SIZE, window.limit());
        return ByteBuffer.allocate(size)
                .put(window.slice((int) (position - windowPosition), size))
                .flip();
    }

    static boolean isZero(ByteBuffer bytes) {
        for (int i = 0; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
