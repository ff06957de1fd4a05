package dev.klamm.log;

import java.io.IOException;

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

    /** A position at or before the batch that holds the offset, from where to scan; 0 if the index has none. */
    long positionBefore(long offset) throws IOException {
        int index = entries.floor(offset - baseOffset, entry -> entry.getInt(0));
        return index < 0 ? 0 : entries.entry(index).getInt(4);
    }

    /** The position of the last batch that has an entry; 0 if there is none. */
    long lastPosition() throws IOException {
        return entries.count() == 0 ? 0 : entries.entry(entries.count() - 1).getInt(4);
    }

    /** Whether one more entry would make the file longer than {@code maxBytes}. For the thread that adds entries. */
    boolean isFull(int maxBytes) {
        return entries.countWithPending() >= maxBytes / ENTRY_BYTES;
    }

    int count() {
        return entries.count();
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
