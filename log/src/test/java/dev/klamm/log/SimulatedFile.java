package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** A file's contents as processes see them, and as the platter has them. Guarded by its disk. */
final class SimulatedFile implements SimulatedNode {
    /** What a disk writes whole or not at all. */
    private static final int SECTOR_BYTES = 512;

    private byte[] seen = new byte[0];
    private int size;
    private byte[] durable = new byte[0];
    private int durableSize;
    private final BitSet dirtySectors = new BitSet();

    private long modifiedMs = System.currentTimeMillis();

    int size() {
        return size;
    }

    /** By the clock on the wall, whatever the clock of the machine says that works on the disk. */
    long modifiedMs() {
        return modifiedMs;
    }

    int read(ByteBuffer target, long position) {
        int bytes = Math.clamp(size - position, 0, target.remaining());
        if (bytes > 0) {
            target.put(seen, (int) position, bytes);
        }
        return bytes;
    }

    void write(ByteBuffer source, long position) {
        int end = (int) position + source.remaining();
        seen = atLeast(seen, end);
        if (source.hasRemaining()) {
            dirtySectors.set((int) position / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
        }
        source.get(seen, (int) position, source.remaining());
        modifiedMs = System.currentTimeMillis();
        size = Math.max(size, end);
    }

    private static byte[] atLeast(byte[] bytes, int size) {
        return size > bytes.length ? Arrays.copyOf(bytes, Math.max(size, 2 * bytes.length)) : bytes;
    }

    void truncate(long newSize) {
        if (newSize < size) {
            Arrays.fill(seen, (int) newSize, size, (byte) 0);
            dirtySectors.set((int) newSize / SECTOR_BYTES, (size - 1) / SECTOR_BYTES + 1);
            size = (int) newSize;
        }
    }

    void sync() {
        setDurableSize(size);
        for (int at = dirtySectors.nextSetBit(0); at >= 0; at = dirtySectors.nextSetBit(at + 1)) {
            writeThrough(at);
        }
        dirtySectors.clear();
    }

    private void setDurableSize(int newSize) {
        durable = atLeast(durable, newSize);
        if (newSize < durableSize) {
            Arrays.fill(durable, newSize, durableSize, (byte) 0);
        }
        durableSize = newSize;
    }

    private void writeThrough(int sector) {
        int from = sector * SECTOR_BYTES;
        int end = Math.min(Math.min(from + SECTOR_BYTES, size), durableSize);
        if (from < end) {
            System.arraycopy(seen, from, durable, from, end - from);
        }
    }

    /** Some sectors get to the platter; the others count as written all the same, as with Linux: no later sync tries. */
    void failSync(Random random) {
        writeSome(random);
        if (random.nextBoolean()) {
            dirtySectors.clear();
        }
    }

    /** Each sector that was not synced has its new contents or its old ones; so has the size, or one between. */
    @Override
    public void losePower(Random random) {
        writeSome(random);
        dirtySectors.clear();
        seen = Arrays.copyOf(durable, durableSize);
        size = durableSize;
    }

    private void writeSome(Random random) {
        int keptPercent = random.nextInt(3) * 50;
        if (random.nextInt(100) < keptPercent) {
            boolean isBetween = size > durableSize && random.nextInt(3) == 0;
            setDurableSize(isBetween ? durableSize + random.nextInt(size - durableSize) : size);
        }
        for (int at = dirtySectors.nextSetBit(0); at >= 0; at = dirtySectors.nextSetBit(at + 1)) {
            if (random.nextInt(100) < keptPercent) {
                writeThrough(at);
            }
        }
    }

    byte[] contents() {
        return Arrays.copyOf(seen, size);
    }

    /** Damages a bit of what is written, as a platter does that goes bad. */
    void flipBit(int position, int bit) {
        seen[position] ^= (byte) (1 << bit);
        if (position < durableSize) {
            durable[position] ^= (byte) (1 << bit);
        }
    }
}
