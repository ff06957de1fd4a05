package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * A record batch where it lies, in a segment or in the journal, for somebody who looks and changes nothing. All that it
 * tells of itself comes from its header, which may be wrong: {@link #crcIsRight} says whether to believe it. It can be
 * asked until the reader that gave it is closed.
 */
public final class StoredBatch implements StoredBatches.Piece {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Storage.File file;
    private final long position;
    private final ByteBuffer header;

    StoredBatch(Storage.File file, long position, ByteBuffer header) {
        this.file = file;
        this.position = position;
        this.header = header;
    }

    /** Of its first byte, in the file. */
    @Override
    public long position() {
        return position;
    }

    /** With its header. */
    @Override
    public long sizeBytes() {
        return RecordBatchHeader.sizeInBytes(header, 0);
    }

    public long baseOffset() {
        return RecordBatchHeader.baseOffset(header, 0);
    }

    /** Inclusive. */
    public long lastOffset() {
        return RecordBatchHeader.lastOffset(header, 0);
    }

    /** Of records; compaction makes it less than there are offsets. */
    public int count() {
        return RecordBatchHeader.count(header, 0);
    }

    public int leaderEpoch() {
        return RecordBatchHeader.leaderEpoch(header, 0);
    }

    /** Kafka's name of the compression, {@code none} included. */
    public String compression() {
        int id = RecordBatchHeader.compressionId(header, 0);
        for (CompressionType type : CompressionType.values()) {
            if (type.id == id) {
                return type.name;
            }
        }
        return "unknown (" + id + ")";
    }

    public TimestampType timestampType() {
        return RecordBatchHeader.timestampType(header, 0);
    }

    /** In ms since 1970; -1 if the records have none. */
    public long maxTimestampMs() {
        return RecordBatchHeader.maxTimestampMs(header, 0);
    }

    /** -1 if its producer was not idempotent; so are the next three then. */
    public long producerId() {
        return RecordBatchHeader.producerId(header, 0);
    }

    public short producerEpoch() {
        return RecordBatchHeader.producerEpoch(header, 0);
    }

    public int baseSequence() {
        return RecordBatchHeader.baseSequence(header, 0);
    }

    /** Inclusive. */
    public int lastSequence() {
        return RecordBatchHeader.lastSequence(header, 0);
    }

    public boolean isTransactional() {
        return RecordBatchHeader.isTransactional(header, 0);
    }

    public boolean isControl() {
        return RecordBatchHeader.isControl(header, 0);
    }

    /** When compaction may remove the batch's tombstones, in ms since 1970 (KIP-534); empty if that is not decided. */
    public OptionalLong deleteHorizonMs() {
        return RecordBatchHeader.hasDeleteHorizon(header, 0)
                ? OptionalLong.of(RecordBatchHeader.baseTimestampMs(header, 0))
                : OptionalLong.empty();
    }

    /** As stored, unsigned. */
    public long crc() {
        return RecordBatchHeader.crc(header, 0);
    }

    /** Reads all of it, a piece at a time. */
    public boolean crcIsRight() throws IOException {
        var crc = new CRC32C();
        long end = position + sizeBytes();
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, sizeBytes()));
        for (long at = position + RecordBatchHeader.ATTRIBUTES; at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            if (file.read(chunk, at) < chunk.limit()) {
                return false;
            }
            crc.update(chunk.flip());
            chunk.flip();
        }
        return crc.getValue() == crc();
    }

    /** The whole batch, header included, in a buffer of its own; less than that if the file has shrunk. */
    public ByteBuffer bytes() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) sizeBytes());
        file.read(bytes, position);
        return bytes.flip();
    }
}
