package dev.klamm.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The last offset of each key that a compaction has met, in memory outside the heap that is given back by
 * {@link #close}. Keys are not kept, only 128 bits of their hash, so an entry takes 24 bytes whatever its key:
 *
 * <pre>
 * offset size meaning
 *      0    8  first half of the hash
 *      8    8  second half
 *     16    8  offset + 1; 0 if the slot is free
 * </pre>
 *
 * Two keys of one hash would lose a record. Kafka uses MD5, for which anybody can make such keys; this is SHA-256 cut to
 * half, for which nobody knows how. Slots are probed one after the other from the one that the hash names. Used by the one
 * thread that made it.
 */
final class OffsetMap implements AutoCloseable {
    static final int ENTRY_BYTES = 24;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int HASH_BYTES = 32;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment entries;
    private final MessageDigest sha256;
    private final byte[] hash = new byte[HASH_BYTES];
    private final ByteBuffer hashNumbers = ByteBuffer.wrap(hash).order(ByteOrder.nativeOrder());
    private final long slots;
    private final long limit;
    private long size;

    /**
     * Holds as many keys as Kafka's map of this memory would, and takes no more memory than the records can need.
     *
     * @param budgetBytes at most this much memory
     * @param loadFactor which part of the slots that fit is filled, above 0 and up to 1
     * @param records how many records may be put at most
     */
    OffsetMap(long budgetBytes, double loadFactor, long records) {
        long slotsWithin = budgetBytes / ENTRY_BYTES;
        long affordable = (long) (slotsWithin * loadFactor);
        this.limit = Math.max(1, Math.min(affordable, Math.max(1, records)));
        // One slot is always free, so that a search ends.
        this.slots = Math.max(limit + 1, (long) (limit / loadFactor));
        this.entries = arena.allocate(slots * ENTRY_BYTES, Long.BYTES);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Whether no further key may be put, not even one that is there. */
    boolean isFull() {
        return size >= limit;
    }

    long size() {
        return size;
    }

    long sizeBytes() {
        return entries.byteSize();
    }

    /** Takes {@code offset} for the last one of the key, whose remaining bytes are not consumed. */
    void put(ByteBuffer key, long offset) {
        if (isFull()) {
            throw new IllegalStateException("the map is full with " + size + " keys");
        }
        long at = find(key);
        if (entries.get(LONG, at + 16) == 0) {
            entries.set(LONG, at, hashNumbers.getLong(0));
            entries.set(LONG, at + 8, hashNumbers.getLong(8));
            size++;
        }
        entries.set(LONG, at + 16, offset + 1);
    }

    /** The last offset that was put for the key, -1 if there is none; the key's remaining bytes are not consumed. */
    long get(ByteBuffer key) {
        return entries.get(LONG, find(key) + 16) - 1;
    }

    /** Where the key's entry is, or the free slot where it would be. */
    private long find(ByteBuffer key) {
        hash(key);
        long first = hashNumbers.getLong(0);
        long second = hashNumbers.getLong(8);
        long slot = Long.remainderUnsigned(first, slots);
        while (true) {
            long at = slot * ENTRY_BYTES;
            boolean isFree = entries.get(LONG, at + 16) == 0;
            if (isFree || (entries.get(LONG, at) == first && entries.get(LONG, at + 8) == second)) {
                return at;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }

    private void hash(ByteBuffer key) {
        int position = key.position();
        sha256.update(key);
        key.position(position);
        try {
            sha256.digest(hash, 0, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-256 fits its buffer", e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
