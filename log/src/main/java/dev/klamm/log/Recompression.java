package dev.klamm.log;

import dev.klamm.log.RecordCursor.MalformedRecordsException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Compresses a batch anew, for topics whose {@code compression.type} is not that of the producer. Header and records stay
 * as they are, byte for byte, since records count from the header's base offset and base timestamp.
 */
final class Recompression {
    private static final int CHUNK_BYTES = 8 << 10;

    private Recompression() {}

    /**
     * Copies the whole batch at {@code position} with its records compressed as {@code target} says.
     *
     * @return the new batch alone in a buffer, or empty if it would be larger than {@code maxBytes}
     * @throws MalformedRecordsException if the records can't be decompressed
     */
    static Optional<ByteBuffer> recompress(ByteBuffer batches, int position, Compression target, int maxBytes)
            throws MalformedRecordsException {
        var fresh = new ByteBufferOutputStream(RecordBatchHeader.sizeInBytes(batches, position));
        fresh.write(batches.slice(position, RecordBatchHeader.SIZE));
        try (InputStream records = uncompressed(batches, position);
                OutputStream compressor = target.wrapForOutput(fresh, RecordBatchHeader.MAGIC_2)) {
            // The bound is looked at with each chunk, so that a small batch can't unfold into all of the memory.
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = records.read(chunk); count > 0; count = records.read(chunk)) {
                compressor.write(chunk, 0, count);
                if (fresh.position() > maxBytes) {
                    return Optional.empty();
                }
            }
        } catch (IOException e) {
            throw new MalformedRecordsException("the records can't be decompressed: " + e.getMessage());
        }
        if (fresh.position() > maxBytes) {
            return Optional.empty();
        }
        ByteBuffer batch = fresh.buffer().flip();
        RecordBatchHeader.setCompression(batch, 0, target.type().id, batch.limit());
        RecordBatchHeader.writeCrc(batch, 0);
        return Optional.of(batch);
    }

    private static InputStream uncompressed(ByteBuffer batches, int position) throws MalformedRecordsException {
        if (RecordBatchHeader.compressionId(batches, position) != CompressionType.NONE.id) {
            return RecordCursor.decompress(batches, position);
        }
        byte[] records = new byte[RecordBatchHeader.sizeInBytes(batches, position) - RecordBatchHeader.SIZE];
        batches.get(position + RecordBatchHeader.SIZE, records);
        return new ByteArrayInputStream(records);
    }
}
