package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;

/**
 * The bytes of one journal round. Integers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    4  length of the entries, in bytes
 *      4    4  CRC-32C of the file's salt (8) and of everything but this field, in order
 *      8    8  lsn of the first entry; the entries have consecutive ones
 *     16    8  synced lsn: every entry below it was on disk when this frame was written
 *     24    8  checkpoint lsn: every entry below it was in synced segment files when this frame was written
 *     32    4  number of entries, at least 1
 *     36    4  zero
 *     40       the entries, one behind the other:
 *
 *      0   16  topic id
 *     16    4  partition
 *     20    4  kind: 1 = record batches, 2 = log start offset, 3 = mark
 *     24    4  length of the content
 *     28       the content: v2 record batches with their final offsets; or the new log start offset (8); or nothing
 * </pre>
 *
 * A mark belongs to no log (topic id and partition are zero). It is there for the synced and checkpoint lsns of its frame.
 *
 * <p>The checksum is over the file's salt too, so that neither what a reused file still holds of its earlier life nor
 * records that look like a frame are ever taken for one. Ours, docs/decisions/0001-journal.md.
 */
final class JournalFrame {
    static final int HEADER_BYTES = 40;
    static final int ENTRY_HEADER_BYTES = 28;

    static final int KIND_BATCHES = 1;
    static final int KIND_LOG_START = 2;
    static final int KIND_MARK = 3;

    /** Never on disk: batches that a replay found in a frame whose checksum is wrong. */
    static final int KIND_DOUBTFUL_BATCHES = -1;

    private static final int LENGTH = 0;
    private static final int CRC = 4;
    private static final int FIRST_LSN = 8;
    private static final int SYNCED_LSN = 16;
    private static final int CHECKPOINT_LSN = 24;
    private static final int ENTRY_COUNT = 32;

    private JournalFrame() {}

    /** Writes the header, but for the checksum, at the buffer's start. */
    static void putHeader(
            ByteBuffer header, int entriesBytes, long firstLsn, long syncedLsn, long checkpointLsn, int entryCount) {
        header.putInt(LENGTH, entriesBytes)
                .putLong(FIRST_LSN, firstLsn)
                .putLong(SYNCED_LSN, syncedLsn)
                .putLong(CHECKPOINT_LSN, checkpointLsn)
                .putInt(ENTRY_COUNT, entryCount)
                .putInt(ENTRY_COUNT + 4, 0);
    }

    static void putCrc(ByteBuffer header, CRC32C crc) {
        header.putInt(CRC, (int) crc.getValue());
    }

    static void putEntryHeader(ByteBuffer target, Uuid topicId, int partition, int kind, int contentBytes) {
        target.putLong(topicId.getMostSignificantBits())
                .putLong(topicId.getLeastSignificantBits())
                .putInt(partition)
                .putInt(kind)
                .putInt(contentBytes);
    }

    static int entriesBytes(ByteBuffer header) {
        return header.getInt(LENGTH);
    }

    static long firstLsn(ByteBuffer header) {
        return header.getLong(FIRST_LSN);
    }

    static long syncedLsn(ByteBuffer header) {
        return header.getLong(SYNCED_LSN);
    }

    static long checkpointLsn(ByteBuffer header) {
        return header.getLong(CHECKPOINT_LSN);
    }

    static int entryCount(ByteBuffer header) {
        return header.getInt(ENTRY_COUNT);
    }

    /**
     * Whether this may be the header of a frame whose first entry is one of {@code [minLsn, maxLsn]} and which has
     * {@code leftBytes} behind it: all that can be said before its checksum is computed.
     */
    static boolean isPlausible(ByteBuffer bytes, int at, long minLsn, long maxLsn, long leftBytes) {
        long firstLsn = bytes.getLong(at + FIRST_LSN);
        if (firstLsn < minLsn || firstLsn > maxLsn) {
            return false;
        }
        long syncedLsn = bytes.getLong(at + SYNCED_LSN);
        long checkpointLsn = bytes.getLong(at + CHECKPOINT_LSN);
        long entriesBytes = bytes.getInt(at + LENGTH);
        long entryCount = bytes.getInt(at + ENTRY_COUNT);
        return checkpointLsn >= 0
                && checkpointLsn <= syncedLsn
                && syncedLsn <= firstLsn
                && entryCount > 0
                && entriesBytes >= entryCount * ENTRY_HEADER_BYTES
                && entriesBytes <= leftBytes
                && bytes.getInt(at + ENTRY_COUNT + 4) == 0;
    }

    /** Starts a checksum over a frame: all that it covers but the entries, which are to be added. */
    static CRC32C crcOfHeader(long salt, ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
        crc.update(header.slice(LENGTH, CRC - LENGTH));
        crc.update(header.slice(FIRST_LSN, HEADER_BYTES - FIRST_LSN));
        return crc;
    }

    static boolean crcIsRight(ByteBuffer header, CRC32C crc) {
        return header.getInt(CRC) == (int) crc.getValue();
    }
}
