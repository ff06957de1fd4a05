package dev.klamm.log;

import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.nio.ByteBuffer;

/**
 * Looks through the lengths of snappy-compressed records before they are decompressed. The decompressor allocates what a
 * length claims, up to 512 MB, and some of its complaints are Errors; a client's bytes must not get that far.
 *
 * <pre>
 * offset size  meaning
 *      0    8  0x82 "SNAPPY" 0
 *      8    8  version and compatible version
 *     16    4  n, length of the first block
 *     20    n  a block: varint of its decompressed size, then what snappy's format description says
 *              further lengths and blocks to the end; in place of a length the first 16 bytes may come again
 * </pre>
 *
 * That is snappy-java's framing. Some clients write one block and no framing, which is as good.
 */
final class SnappyBlocks {
    private static final long MAGIC = 0x82534e4150505900L;
    private static final int MAGIC_HEAD = (int) (MAGIC >>> 32);
    private static final int HEADER_SIZE = 16;

    /** Snappy's densest element gives 64 bytes for 3. */
    private static final long MAX_RATIO = 22;

    private SnappyBlocks() {}

    /**
     * Checks all lengths from {@code from} on.
     *
     * @throws MalformedRecordsException if one of them is impossible
     */
    static void check(ByteBuffer buffer, int from, int size) throws MalformedRecordsException {
        if (size < HEADER_SIZE || buffer.getLong(from) != MAGIC) {
            checkBlock(buffer, from, size);
            return;
        }
        int end = from + size;
        int at = from + HEADER_SIZE;
        while (at < end) {
            int length = end - at < 4 ? -1 : buffer.getInt(at);
            if (length == MAGIC_HEAD) {
                at += HEADER_SIZE;
                continue;
            }
            if (length < 0 || length > end - at - 4) {
                throw impossible(length);
            }
            checkBlock(buffer, at + 4, length);
            at += 4 + length;
        }
    }

    private static void checkBlock(ByteBuffer buffer, int from, int size) throws MalformedRecordsException {
        long decompressedSize = 0;
        for (int i = 0; i < Math.min(size, 5); i++) {
            byte next = buffer.get(from + i);
            decompressedSize |= (next & 0x7fL) << (7 * i);
            if (next >= 0 && decompressedSize <= size * MAX_RATIO) {
                return;
            }
        }
        throw impossible(decompressedSize);
    }

    private static MalformedRecordsException impossible(long length) {
        return new MalformedRecordsException("the records can't be decompressed: snappy with a length of " + length);
    }
}
