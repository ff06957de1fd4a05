package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A segment's {@code .timeindex} file, as Kafka writes it: how the greatest timestamp of the segment grew. An entry
 * (timestamp, offset) says that no batch up to that offset has a greater timestamp. Integers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    8  timestamp, ms since 1970
 *      8    4  last offset of the batch that has it, less the segment's base offset
 * </pre>
 */
final class TimeIndex {
    private static final int ENTRY_BYTES = 12;

    private final long baseOffset;
    private final IndexFile entries;
    private long lastTimestampMs;

    TimeIndex(Storage.File file, long baseOffset) throws IOException {
        this.baseOffset = baseOffset;
        this.entries = new IndexFile(file, ENTRY_BYTES);
        this.lastTimestampMs = last().map(TimestampedOffset::timestampMs).orElse(Long.MIN_VALUE);
    }

    /** Adds an entry if there is a timestamp and it is greater than the last one's; returns whether. */
    boolean add(long timestampMs, long offset) throws IOException {
        if (timestampMs <= lastTimestampMs || timestampMs < 0) {
            return false;
        }
        entries.add().putLong(timestampMs).putInt((int) (offset - baseOffset));
        lastTimestampMs = timestampMs;
        return true;
    }

    /** Whether there is room for no more than the entry that completes the index. For the thread that adds entries. */
    boolean isFull(int maxBytes, int more) {
        return entries.count() + more >= maxBytes / ENTRY_BYTES - 1;
    }

    /** The last entry; empty if there is none. */
    Optional<TimestampedOffset> last() throws IOException {
        return entries.count() == 0 ? Optional.empty() : Optional.of(read(entries.count() - 1));
    }

    /** The last entry with a timestamp below this one: no batch up to its offset can have it. Empty if there is none. */
    Optional<TimestampedOffset> below(long timestampMs) throws IOException {
        // No entry has a timestamp below 0.
        int index = timestampMs <= 0 ? -1 : entries.floor(timestampMs - 1, entry -> entry.getLong(0));
        return index < 0 ? Optional.empty() : Optional.of(read(index));
    }

    /** Drops the entries of batches that end at {@code endOffset} or behind. */
    void cutAt(long endOffset) throws IOException {
        entries.truncate(entries.floor(endOffset - 1 - baseOffset, entry -> entry.getInt(8)) + 1);
        lastTimestampMs = last().map(TimestampedOffset::timestampMs).orElse(Long.MIN_VALUE);
    }

    private TimestampedOffset read(int index) throws IOException {
        ByteBuffer entry = entries.entry(index);
        return new TimestampedOffset(entry.getLong(0), baseOffset + entry.getInt(8));
    }

    /** Drops all entries. */
    void clear() throws IOException {
        entries.truncate(0);
        lastTimestampMs = Long.MIN_VALUE;
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
