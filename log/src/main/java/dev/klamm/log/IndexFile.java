package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file of entries of one size, sorted by their first field, which is looked up by binary search in the file itself: the
 * page cache is the only memory that an index takes. Entries are added by one thread at a time; any thread may look up, and
 * sees the entries that were flushed.
 */
final class IndexFile {
    private static final int PENDING_ENTRIES = 128;

    private final Storage.File file;
    private final int entryBytes;
    private final ByteBuffer pending;
    private volatile int count;

    /** Reads how many entries there are; a torn last entry, and the zeros that Kafka leaves behind a crash, are cut off. */
    IndexFile(Storage.File file, int entryBytes) throws IOException {
        this.file = file;
        this.entryBytes = entryBytes;
        this.pending = ByteBuffer.allocate(entryBytes * PENDING_ENTRIES);
        this.count = (int) (file.size() / entryBytes);
        truncate(withoutZeros());
    }

    /** Kafka makes an index as large as it may become; one that was not closed has megabytes of zeros at its end. */
    private int withoutZeros() throws IOException {
        int kept = count;
        while (kept > 0) {
            int first = Math.max(0, kept - PENDING_ENTRIES);
            ByteBuffer chunk = ByteBuffer.allocate((kept - first) * entryBytes);
            file.read(chunk, (long) first * entryBytes);
            int end = chunk.capacity();
            while (end > 0 && chunk.get(end - 1) == 0) {
                end--;
            }
            if (end > 0) {
                return first + (end + entryBytes - 1) / entryBytes;
            }
            kept = first;
        }
        return 0;
    }

    /** Entries on file. */
    int count() {
        return count;
    }

    /** A buffer to put one entry into; it is on file after {@link #flush}. */
    ByteBuffer add() throws IOException {
        if (!pending.hasRemaining()) {
            flush();
        }
        return pending;
    }

    void flush() throws IOException {
        if (pending.position() > 0) {
            pending.flip();
            int onFile = count;
            int grown = onFile + pending.remaining() / entryBytes;
            file.write(new ByteBuffer[] {pending}, (long) onFile * entryBytes);
            pending.clear();
            count = grown;
        }
    }

    /**
     * The entry at {@code index}, in a buffer of its own, readable by absolute positions. While the index is made anew it
     * may be zero, or another one: who looks up has to see whether an entry is right.
     */
    ByteBuffer entry(int index) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(entryBytes);
        file.read(entry, (long) index * entryBytes);
        return entry.clear();
    }

    interface Key {
        /** The field that the entries are sorted by. */
        long of(ByteBuffer entry);
    }

    /** The index of the last entry whose key is not above {@code wanted}; -1 if there is none. */
    int floor(long wanted, Key key) throws IOException {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (key.of(entry(middle)) <= wanted) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Keeps the first {@code entries}, and drops those not flushed. */
    void truncate(int entries) throws IOException {
        pending.clear();
        count = entries;
        if (file.size() != (long) entries * entryBytes) {
            file.truncate((long) entries * entryBytes);
        }
    }

    Storage.File file() {
        return file;
    }

    long sizeBytes() {
        return (long) count * entryBytes;
    }

    void sync() throws IOException {
        flush();
        file.sync();
    }

    void close() throws IOException {
        file.close();
    }
}
