package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A transaction that was aborted, as Kafka keeps it in the {@code .txnindex} of the segment that has its marker. The file
 * is a row of these, and is missing if there are none; all numbers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    2  version: 0
 *      2    8  producer id
 *     10    8  first offset of the transaction
 *     18    8  offset of the marker
 *     26    8  last stable offset when it was written
 * </pre>
 */
public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {
    static final int SIZE = 34;
    private static final short VERSION = 0;

    /**
     * Reads a segment's index; empty if it has none.
     *
     * @throws GarbledFileException if it is not a row of these, within the segment, in the order of their markers
     */
    static List<AbortedTransaction> read(Storage storage, Path index, long baseOffset) throws IOException {
        List<AbortedTransaction> found = new ArrayList<>();
        if (!storage.exists(index)) {
            return found;
        }
        ByteBuffer contents = SmallFile.read(storage, index);
        if (contents.remaining() % SIZE != 0) {
            throw new GarbledFileException(index, "its size is not that of whole entries");
        }
        while (contents.hasRemaining()) {
            short version = contents.getShort();
            AbortedTransaction next = new AbortedTransaction(
                    contents.getLong(), contents.getLong(), contents.getLong(), contents.getLong());
            long after = found.isEmpty() ? baseOffset - 1 : found.getLast().lastOffset;
            if (version != VERSION || next.lastOffset <= after || !next.isPossible()) {
                throw new GarbledFileException(index, "there can't be " + next);
            }
            found.add(next);
        }
        return found;
    }

    private boolean isPossible() {
        return 0 <= firstOffset
                && firstOffset <= lastOffset
                && 0 <= lastStableOffset
                && lastStableOffset <= lastOffset + 1;
    }

    /** Writes the index of a segment; durable when it returns, but for its name. */
    static void write(Storage storage, Path index, List<AbortedTransaction> transactions) throws IOException {
        try (Storage.File file = storage.openOrCreate(index)) {
            file.truncate(0);
            file.write(new ByteBuffer[] {toBytes(transactions)}, 0);
            file.sync();
        }
    }

    static ByteBuffer toBytes(List<AbortedTransaction> transactions) {
        ByteBuffer contents = ByteBuffer.allocate(SIZE * transactions.size());
        for (AbortedTransaction one : transactions) {
            contents.putShort(VERSION)
                    .putLong(one.producerId)
                    .putLong(one.firstOffset)
                    .putLong(one.lastOffset)
                    .putLong(one.lastStableOffset);
        }
        return contents.flip();
    }
}
