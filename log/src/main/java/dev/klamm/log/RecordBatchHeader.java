package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.TimestampType;

/**
 * The header of a record batch of format 2 (KIP-98), read and written in place in the buffer that holds the batch. All
 * numbers are big-endian; {@code position} is that of the batch's first byte.
 *
 * <pre>
 * offset size  meaning
 *      0    8  base offset: offset of the first record
 *      8    4  length: bytes that follow this field (batch size - 12)
 *     12    4  leader epoch of the partition, given by the broker
 *     16    1  magic: 2
 *     17    4  CRC-32C of everything from 21 to the end of the batch
 *     21    2  attributes: 0-2 compression (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd), 3 timestamp type (1 = log append
 *              time), 4 transactional, 5 control, 6 base timestamp is the delete horizon
 *     23    4  last offset delta: last offset - base offset
 *     27    8  base timestamp, ms since 1970: the record's timestamps are deltas to it
 *     35    8  max timestamp, ms since 1970; with log append time it is the time of every record
 *     43    8  producer id, -1 if the producer is not idempotent
 *     51    2  producer epoch, -1 without producer id
 *     53    4  base sequence: sequence of the first record, -1 without producer id
 *     57    4  count of records; less than last offset delta + 1 after compaction
 *     61    -  the records, compressed together
 * </pre>
 *
 * The CRC leaves out the base offset and the leader epoch, so that a broker assigns them without reading the records.
 */
final class RecordBatchHeader {
    static final int BASE_OFFSET = 0;
    static final int LENGTH = 8;
    static final int LEADER_EPOCH = 12;
    static final int MAGIC = 16;
    static final int CRC = 17;
    static final int ATTRIBUTES = 21;
    static final int LAST_OFFSET_DELTA = 23;
    static final int BASE_TIMESTAMP = 27;
    static final int MAX_TIMESTAMP = 35;
    static final int PRODUCER_ID = 43;
    static final int PRODUCER_EPOCH = 51;
    static final int BASE_SEQUENCE = 53;
    static final int COUNT = 57;

    /** Size of the header in bytes, which is where the records begin. */
    static final int SIZE = 61;

    /** What the length field does not count: itself and the base offset, in bytes. */
    static final int LENGTH_OVERHEAD = 12;

    static final byte MAGIC_2 = 2;

    /** From {@link #nextBatch}: the batch goes on beyond the end of the buffer. */
    static final int CUT_SHORT = -1;

    /** From {@link #nextBatch}: there is no batch of format 2 here. */
    static final int GARBLED = -2;

    private static final int COMPRESSION_MASK = 0x07;
    private static final int LOG_APPEND_TIME_FLAG = 0x08;
    private static final int TRANSACTIONAL_FLAG = 0x10;
    private static final int CONTROL_FLAG = 0x20;
    private static final int DELETE_HORIZON_FLAG = 0x40;

    private RecordBatchHeader() {}

    /**
     * Steps over the batch at {@code position}, which must be below the buffer's limit. Looks at length and magic only.
     *
     * @return the position behind it, {@link #CUT_SHORT} or {@link #GARBLED}
     */
    static int nextBatch(ByteBuffer buffer, int position) {
        int available = buffer.limit() - position;
        if (available <= MAGIC) {
            return CUT_SHORT;
        }
        int length = length(buffer, position);
        if (length < SIZE - LENGTH_OVERHEAD || magic(buffer, position) != MAGIC_2) {
            return GARBLED;
        }
        return length > available - LENGTH_OVERHEAD ? CUT_SHORT : position + LENGTH_OVERHEAD + length;
    }

    static long baseOffset(ByteBuffer buffer, int position) {
        return buffer.getLong(position + BASE_OFFSET);
    }

    static long lastOffset(ByteBuffer buffer, int position) {
        return baseOffset(buffer, position) + lastOffsetDelta(buffer, position);
    }

    /** Bytes behind the length field, as the header claims. */
    static int length(ByteBuffer buffer, int position) {
        return buffer.getInt(position + LENGTH);
    }

    /** Of the whole batch with its header, as the header claims. */
    static int sizeInBytes(ByteBuffer buffer, int position) {
        return LENGTH_OVERHEAD + length(buffer, position);
    }

    static int leaderEpoch(ByteBuffer buffer, int position) {
        return buffer.getInt(position + LEADER_EPOCH);
    }

    static byte magic(ByteBuffer buffer, int position) {
        return buffer.get(position + MAGIC);
    }

    /** The stored CRC as an unsigned number. */
    static long crc(ByteBuffer buffer, int position) {
        return Integer.toUnsignedLong(buffer.getInt(position + CRC));
    }

    static short attributes(ByteBuffer buffer, int position) {
        return buffer.getShort(position + ATTRIBUTES);
    }

    /** Kafka's number of the compression; 5, 6 and 7 are none that exist. */
    static int compressionId(ByteBuffer buffer, int position) {
        return attributes(buffer, position) & COMPRESSION_MASK;
    }

    static TimestampType timestampType(ByteBuffer buffer, int position) {
        return isSet(buffer, position, LOG_APPEND_TIME_FLAG)
                ? TimestampType.LOG_APPEND_TIME
                : TimestampType.CREATE_TIME;
    }

    static boolean isTransactional(ByteBuffer buffer, int position) {
        return isSet(buffer, position, TRANSACTIONAL_FLAG);
    }

    static boolean isControl(ByteBuffer buffer, int position) {
        return isSet(buffer, position, CONTROL_FLAG);
    }

    /** Whether the base timestamp is the delete horizon (KIP-534). */
    static boolean hasDeleteHorizon(ByteBuffer buffer, int position) {
        return isSet(buffer, position, DELETE_HORIZON_FLAG);
    }

    static int lastOffsetDelta(ByteBuffer buffer, int position) {
        return buffer.getInt(position + LAST_OFFSET_DELTA);
    }

    static long baseTimestampMs(ByteBuffer buffer, int position) {
        return buffer.getLong(position + BASE_TIMESTAMP);
    }

    static long maxTimestampMs(ByteBuffer buffer, int position) {
        return buffer.getLong(position + MAX_TIMESTAMP);
    }

    static long producerId(ByteBuffer buffer, int position) {
        return buffer.getLong(position + PRODUCER_ID);
    }

    static boolean hasProducerId(ByteBuffer buffer, int position) {
        return producerId(buffer, position) >= 0;
    }

    /** Whether one of the whole batches from position to limit is of an idempotent producer. */
    static boolean anyHasProducerId(ByteBuffer batches) {
        for (int at = batches.position(); at < batches.limit(); at += sizeInBytes(batches, at)) {
            if (hasProducerId(batches, at)) {
                return true;
            }
        }
        return false;
    }

    static short producerEpoch(ByteBuffer buffer, int position) {
        return buffer.getShort(position + PRODUCER_EPOCH);
    }

    static int baseSequence(ByteBuffer buffer, int position) {
        return buffer.getInt(position + BASE_SEQUENCE);
    }

    /** The sequence of the last record, which wraps from 2^31-1 to 0; -1 if the batch has none. */
    static int lastSequence(ByteBuffer buffer, int position) {
        int baseSequence = baseSequence(buffer, position);
        return baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta(buffer, position)) & Integer.MAX_VALUE;
    }

    static int count(ByteBuffer buffer, int position) {
        return buffer.getInt(position + COUNT);
    }

    static void setBaseOffset(ByteBuffer buffer, int position, long baseOffset) {
        buffer.putLong(position + BASE_OFFSET, baseOffset);
    }

    static void setLeaderEpoch(ByteBuffer buffer, int position, int leaderEpoch) {
        buffer.putInt(position + LEADER_EPOCH, leaderEpoch);
    }

    /** Writes the next offsets and the leader epoch into each of the whole batches from position to limit. */
    static void assignOffsets(ByteBuffer batches, long baseOffset, int leaderEpoch) {
        long offset = baseOffset;
        for (int at = batches.position(); at < batches.limit(); at += sizeInBytes(batches, at)) {
            setBaseOffset(batches, at, offset);
            setLeaderEpoch(batches, at, leaderEpoch);
            offset += lastOffsetDelta(batches, at) + 1L;
        }
    }

    /** Computes the CRC anew, unless the batch has this time and type already. */
    static void setMaxTimestamp(ByteBuffer buffer, int position, TimestampType type, long maxTimestampMs) {
        if (timestampType(buffer, position) == type && maxTimestampMs(buffer, position) == maxTimestampMs) {
            return;
        }
        int others = attributes(buffer, position) & ~LOG_APPEND_TIME_FLAG;
        int flag = type == TimestampType.LOG_APPEND_TIME ? LOG_APPEND_TIME_FLAG : 0;
        buffer.putShort(position + ATTRIBUTES, (short) (others | flag));
        buffer.putLong(position + MAX_TIMESTAMP, maxTimestampMs);
        writeCrc(buffer, position);
    }

    /** For records that have been compressed anew; {@code sizeInBytes} is that of the whole batch. Leaves the CRC wrong. */
    static void setCompression(ByteBuffer buffer, int position, int compressionId, int sizeInBytes) {
        int others = attributes(buffer, position) & ~COMPRESSION_MASK;
        buffer.putShort(position + ATTRIBUTES, (short) (others | compressionId));
        buffer.putInt(position + LENGTH, sizeInBytes - LENGTH_OVERHEAD);
    }

    /** Stores the CRC of the whole batch at {@code position} as it is now. */
    static void writeCrc(ByteBuffer buffer, int position) {
        buffer.putInt(position + CRC, (int) computeCrc(buffer, position));
    }

    /** Whether the stored CRC is that of the bytes; the batch must be whole. */
    static boolean crcIsRight(ByteBuffer buffer, int position) {
        return crc(buffer, position) == computeCrc(buffer, position);
    }

    private static long computeCrc(ByteBuffer buffer, int position) {
        int from = position + ATTRIBUTES;
        int size = sizeInBytes(buffer, position) - ATTRIBUTES;
        var crc = new CRC32C();
        if (buffer.hasArray()) {
            crc.update(buffer.array(), buffer.arrayOffset() + from, size);
        } else {
            crc.update(buffer.slice(from, size));
        }
        return crc.getValue();
    }

    private static boolean isSet(ByteBuffer buffer, int position, int flag) {
        return (attributes(buffer, position) & flag) != 0;
    }
}
