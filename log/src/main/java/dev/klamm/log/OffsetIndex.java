package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A segment's {@code .index} file, as Kafka writes it: for about every {@code index.interval.bytes} of log, the last
 * offset of a batch and where that batch begins. Integers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    4  the batch's last offset, less the segment's base offset
 *      4    4  the batch's position in the .log file, in bytes
 * </pre>
 */
final class OffsetIndex {
    private static final int ENTRY_BYTES = 8;

    private final long baseOffset;
    private final IndexFile entries;

    OffsetIndex(Storage.File file, long baseOffset) throws IOException {
        this.baseOffset = baseOffset;
        this.entries = new IndexFile(file, ENTRY_BYTES);
    }

    void add(long lastOffset, long position) throws IOException {
        entries.add().putInt((int) (lastOffset - baseOffset)).putInt((int) position);
    }

    /** An entry as it is on file; whether it is right is not known. */
    record Entry(long lastOffset, long position) {}

    /** The last entry that is not beyond the offset: from its batch on, the offset will be found. */
    Optional<Entry> atOrBefore(long offset) throws IOException {
        long relative = Math.min(offset - baseOffset, Integer.MAX_VALUE);
        int index = relative < 0 ? -1 : entries.floor(relative, entry -> entry.getInt(0));
        // It may be made anew meanwhile, and have another entry in that place.
        return index < 0 ? Optional.empty() : Optional.of(read(index)).filter(entry -> entry.lastOffset <= offset);
    }

    /** The last entry of a batch that begins at this position in the file or before. */
    Optional<Entry> atOrBeforePosition(long position) throws IOException {
        int index = entries.floor(position, entry -> entry.getInt(4));
        return index < 0 ? Optional.empty() : Optional.of(read(index));
    }

    /** Whether one more entry would make the file longer than {@code maxBytes}. For the thread that adds entries. */
    boolean isFull(int maxBytes, int more) {
        return entries.count() + more >= maxBytes / ENTRY_BYTES;
    }

    private Entry read(int index) throws IOException {
        ByteBuffer entry = entries.entry(index);
        return new Entry(baseOffset + entry.getInt(0), entry.getInt(4));
    }

    /** Drops the entries of batches that end at {@code endOffset} or behind. */
    void cutAt(long endOffset) throws IOException {
        entries.truncate(entries.floor(endOffset - 1 - baseOffset, entry -> entry.getInt(0)) + 1);
    }

    boolean isEmpty() {
        return entries.count() == 0;
    }

    /** Drops all entries. */
    void clear() throws IOException {
        entries.truncate(0);
    }

    Storage.File file() {
        return entries.file();
    }

    long sizeBytes() {
        return entries.sizeBytes();
    }

    void flush() throws IOException {
        entries.flush();
    }

    void sync() throws IOException {
        entries.sync();
    }

    void close() throws IOException {
        entries.close();
    }
}
