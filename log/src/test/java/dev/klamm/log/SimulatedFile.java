package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** A file's contents as processes see them, and as the platter has them. Guarded by its disk. */
final class SimulatedFile {
    /** What a disk writes whole or not at all. */
    private static final int SECTOR_BYTES = 512;

    private byte[] seen = new byte[0];
    private int size;
    private byte[] durable = new byte[0];
    private final BitSet dirtySectors = new BitSet();

    long size() {
        return size;
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
        if (end > seen.length) {
            seen = Arrays.copyOf(seen, Math.max(end, 2 * seen.length));
        }
        if (source.hasRemaining()) {
            dirtySectors.set((int) position / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
        }
        source.get(seen, (int) position, source.remaining());
        size = Math.max(size, end);
    }

    void truncate(long newSize) {
        if (newSize < size) {
            Arrays.fill(seen, (int) newSize, size, (byte) 0);
            dirtySectors.set((int) newSize / SECTOR_BYTES, (size - 1) / SECTOR_BYTES + 1);
            size = (int) newSize;
        }
    }

    void sync() {
        durable = Arrays.copyOf(seen, size);
        dirtySectors.clear();
    }

    /** Each sector that was not synced has its new contents or its old ones; so has the size. */
    void losePower(Random random) {
        int keptPercent = random.nextInt(3) * 50;
        byte[] left = Arrays.copyOf(durable, random.nextInt(100) < keptPercent ? size : durable.length);
        for (int sector : dirtySectors.stream().toArray()) {
            int from = sector * SECTOR_BYTES;
            int end = Math.min(Math.min(from + SECTOR_BYTES, size), left.length);
            if (from < end && random.nextInt(100) < keptPercent) {
                System.arraycopy(seen, from, left, from, end - from);
            }
        }
        seen = left;
        size = left.length;
        sync();
    }
}
