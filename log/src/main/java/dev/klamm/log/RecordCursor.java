package dev.klamm.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch and checks that they are what the header says they are. Makes no object for a record;
 * compressed records are decompressed as they are passed, into a window of fixed size, whatever size they claim.
 *
 * <pre>
 * varint   length: bytes of the record behind this field
 * 1 byte   attributes, unused
 * varlong  timestamp delta to the batch's base timestamp
 * varint   offset delta to the batch's base offset
 * varint   key length, -1 = null; key
 * varint   value length, -1 = null; value
 * varint   count of headers; for each:
 * varint     key length; key (UTF-8)
 * varint     value length, -1 = null; value
 * </pre>
 *
 * Varints are zigzag-encoded, as in Protocol Buffers.
 */
final class RecordCursor implements AutoCloseable {

    private static final int WINDOW_BYTES = 8 << 10;

    /** Beyond this it is a bomb: few bytes that keep the processor busy for long. */
    private static final long MAX_DECOMPRESSED_BYTES = 1 << 30;

    /** The records are not what their header or their own lengths say. */
    static final class MalformedRecordsException extends Exception {
        private static final long serialVersionUID = 1;

        private final String what;

        MalformedRecordsException(String what) {
            super(what);
            this.what = what;
        }

        String what() {
            return what;
        }
    }

    private final @Nullable InputStream decompressed;
    private final int count;
    private final long baseTimestampMs;
    private final boolean isLogAppendTime;
    private final long maxTimestampMs;

    // What is left to read: window[at, end), then what the decompressor still gives. windowStart is how many bytes of
    // the records came before the window, so that windowStart + at grows by one with every byte that is passed.
    private final ByteBuffer window;
    private int at;
    private int end;
    private long windowStart;

    private int passed;
    private int offsetDelta;
    private long timestampMs;
    private boolean hasKey;

    private RecordCursor(ByteBuffer batches, int position, @Nullable InputStream decompressed) {
        this.decompressed = decompressed;
        count = RecordBatchHeader.count(batches, position);
        baseTimestampMs = RecordBatchHeader.baseTimestampMs(batches, position);
        maxTimestampMs = RecordBatchHeader.maxTimestampMs(batches, position);
        isLogAppendTime = RecordBatchHeader.timestampType(batches, position) == TimestampType.LOG_APPEND_TIME;
        if (decompressed == null) {
            window = batches;
            at = position + RecordBatchHeader.SIZE;
            end = position + RecordBatchHeader.sizeInBytes(batches, position);
        } else {
            window = ByteBuffer.allocate(WINDOW_BYTES);
        }
    }

    /**
     * Stands before the first record of the whole batch at {@code position}. Close it.
     *
     * @throws MalformedRecordsException if what is there is not compressed as the header says
     */
    static RecordCursor of(ByteBuffer batches, int position) throws MalformedRecordsException {
        int compressionId = RecordBatchHeader.compressionId(batches, position);
        if (compressionId == CompressionType.NONE.id) {
            return new RecordCursor(batches, position, null);
        }
        return new RecordCursor(batches, position, decompress(batches, position));
    }

    /** The records of a compressed batch as they were before. */
    static InputStream decompress(ByteBuffer batches, int position) throws MalformedRecordsException {
        int from = position + RecordBatchHeader.SIZE;
        int size = RecordBatchHeader.sizeInBytes(batches, position) - RecordBatchHeader.SIZE;
        try {
            CompressionType type = CompressionType.forId(RecordBatchHeader.compressionId(batches, position));
            if (type == CompressionType.SNAPPY) {
                SnappyBlocks.check(batches, from, size);
            }
            return Compression.of(type)
                    .build()
                    .wrapForInput(batches.slice(from, size), RecordBatchHeader.MAGIC_2, BufferSupplier.NO_CACHING);
        } catch (KafkaException | IllegalArgumentException e) {
            throw new MalformedRecordsException("the records can't be decompressed: " + e.getMessage());
        }
    }

    /**
     * Steps to the next record.
     *
     * @return false behind the last one
     * @throws MalformedRecordsException if the record, or what follows the last one, is not as it should be
     */
    boolean next() throws MalformedRecordsException {
        if (passed >= count) {
            if (hasMore()) {
                throw new MalformedRecordsException("there are bytes behind the last of %d records".formatted(count));
            }
            return false;
        }
        int length = readVarint();
        long start = windowStart + at;
        skip(1);
        timestampMs = baseTimestampMs + readVarlong();
        offsetDelta = readVarint();
        int keyLength = readVarint();
        hasKey = keyLength >= 0;
        skip(keyLength);
        skip(readVarint());
        skipHeaders();
        long read = windowStart + at - start;
        if (read != length) {
            throw new MalformedRecordsException(
                    "record %d says it has %d bytes and has %d".formatted(passed, length, read));
        }
        passed++;
        return true;
    }

    private void skipHeaders() throws MalformedRecordsException {
        int headerCount = readVarint();
        if (headerCount < 0) {
            throw new MalformedRecordsException("record %d has %d headers".formatted(passed, headerCount));
        }
        for (int i = 0; i < headerCount; i++) {
            int keyLength = readVarint();
            if (keyLength < 0) {
                throw new MalformedRecordsException("a header of record %d has no key".formatted(passed));
            }
            skip(keyLength);
            skip(readVarint());
        }
    }

    /** Of the current record, to the batch's base offset. */
    int offsetDelta() {
        return offsetDelta;
    }

    /** Of the current record, in ms since 1970; -1 if it has none. */
    long timestampMs() {
        return isLogAppendTime ? maxTimestampMs : timestampMs;
    }

    boolean hasKey() {
        return hasKey;
    }

    private int readVarint() throws MalformedRecordsException {
        if (at < end) {
            int first = window.get(at);
            if (first >= 0) {
                at++;
                return (first >>> 1) ^ -(first & 1);
            }
        }
        long raw = readBase128(28) & 0xffff_ffffL;
        return (int) ((raw >>> 1) ^ -(raw & 1));
    }

    private long readVarlong() throws MalformedRecordsException {
        long raw = readBase128(63);
        return (raw >>> 1) ^ -(raw & 1);
    }

    private long readBase128(int maxShift) throws MalformedRecordsException {
        long value = 0;
        for (int shift = 0; shift <= maxShift; shift += 7) {
            byte next = readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedRecordsException("a number in record %d never ends".formatted(passed));
    }

    private byte readByte() throws MalformedRecordsException {
        if (at == end && !refill()) {
            throw cutShort();
        }
        return window.get(at++);
    }

    /** Nothing to skip if {@code byteCount} is negative: that is how null is written. */
    private void skip(int byteCount) throws MalformedRecordsException {
        int left = byteCount;
        while (left > end - at) {
            left -= end - at;
            at = end;
            if (!refill()) {
                throw cutShort();
            }
        }
        at += Math.max(left, 0);
    }

    private boolean hasMore() throws MalformedRecordsException {
        return at < end || refill();
    }

    private boolean refill() throws MalformedRecordsException {
        if (decompressed == null) {
            return false;
        }
        try {
            int readCount = decompressed.read(window.array());
            if (readCount <= 0) {
                return false;
            }
            windowStart += end;
            if (windowStart > MAX_DECOMPRESSED_BYTES) {
                throw new MalformedRecordsException("the records are larger than 1 GB");
            }
            at = 0;
            end = readCount;
            return true;
        } catch (IOException | RuntimeException e) {
            // Decompressors throw what they like at bytes that they don't understand.
            throw new MalformedRecordsException("the records can't be decompressed: " + e.getMessage());
        }
    }

    private MalformedRecordsException cutShort() {
        return new MalformedRecordsException("the batch ends within record %d of %d".formatted(passed, count));
    }

    @Override
    public void close() {
        if (decompressed != null) {
            try {
                decompressed.close();
            } catch (IOException e) {
                throw new UncheckedIOException("closing a decompressor of bytes in memory", e);
            }
        }
    }
}
