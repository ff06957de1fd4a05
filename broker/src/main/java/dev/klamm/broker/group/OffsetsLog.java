package dev.klamm.broker.group;

import dev.klamm.log.AppendResult;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.ReadResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/** A partition of {@code __consumer_offsets} as a log of {@link GroupRecord}s. */
final class OffsetsLog {
    private static final int READ_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 1024;

    private final PartitionLog log;

    OffsetsLog(PartitionLog log) {
        this.log = log;
    }

    /** The log can't be read up to its end: what it says about groups would be half the truth. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String message) {
            super(message);
        }
    }

    /** Appends all records or none, in as few batches as {@code max.message.bytes} allows. */
    AppendResult append(List<GroupRecord> records, long timestampMs) {
        var batches = new ArrayList<ByteBuffer>();
        int next = 0;
        while (next < records.size()) {
            MemoryRecordsBuilder batch = newBatch(next);
            do {
                GroupRecord record = records.get(next++);
                batch.append(timestampMs, record.keyBytes(), record.valueBytes());
            } while (next < records.size() && hasRoom(batch, timestampMs, records.get(next)));
            batches.add(batch.build().buffer());
        }
        return log.append(joined(batches), PartitionLog.Origin.COORDINATOR);
    }

    private MemoryRecordsBuilder newBatch(int baseOffset) {
        return MemoryRecords.builder(
                ByteBuffer.allocate(BATCH_BYTES),
                Compression.NONE,
                TimestampType.CREATE_TIME,
                baseOffset,
                log.config().maxMessageBytes());
    }

    private static boolean hasRoom(MemoryRecordsBuilder batch, long timestampMs, GroupRecord record) {
        byte[] value = record.valueBytes();
        return batch.hasRoomFor(
                timestampMs,
                ByteBuffer.wrap(record.keyBytes()),
                value == null ? null : ByteBuffer.wrap(value),
                Record.EMPTY_HEADERS);
    }

    /**
     * Hands out every record from the first to the last.
     *
     * @throws UnreadableException if a part of the log is damaged
     */
    void readAll(Consumer<GroupRecord> consumer) throws UnreadableException {
        long offset = log.logStartOffset();
        while (offset < log.logEndOffset()) {
            offset = read(offset, consumer);
        }
    }

    /** Returns the offset to go on from. */
    private long read(long offset, Consumer<GroupRecord> consumer) throws UnreadableException {
        ReadResult result = log.read(offset, READ_BYTES, true, PartitionLog.ReadBound.LOG_END);
        long next = offset;
        for (MutableRecordBatch batch :
                MemoryRecords.readableRecords(bytes(result)).batches()) {
            // Offsets that were committed in transactions are not served yet, so there are none.
            if (!batch.isControlBatch()) {
                batch.forEach(
                        record -> GroupRecord.read(record.key(), record.value()).ifPresent(consumer));
            }
            next = batch.nextOffset();
        }
        if (next <= offset) {
            throw new UnreadableException(log.id() + " gave nothing at offset " + offset + ", before its end");
        }
        return next;
    }

    private ByteBuffer bytes(ReadResult result) throws UnreadableException {
        return switch (result) {
            case ReadResult.InMemory(List<ByteBuffer> buffers, int sizeBytes) -> joined(buffers);
            case ReadResult.InFile file -> bytes(file);
            case ReadResult.Corrupt(String message) ->
                throw new UnreadableException(
                        message + ". Put this file back from a backup; to go on without what groups"
                                + " committed there, stop the broker and delete the file, klamm.damage, and"
                                + " recovery-point-offset-checkpoint");
            case ReadResult.Failed(String message) -> throw new UnreadableException(message);
            case ReadResult.OutOfRange range ->
                throw new UnreadableException(log.id() + " begins at " + range.logStartOffset() + " by now");
        };
    }

    private ByteBuffer bytes(ReadResult.InFile file) throws UnreadableException {
        ByteBuffer bytes = ByteBuffer.allocate(file.sizeBytes());
        try {
            file.file().read(bytes, file.position());
        } catch (IOException failure) {
            throw new UnreadableException(log.id() + " can't be read: " + failure.getMessage());
        }
        return bytes.flip();
    }

    private static ByteBuffer joined(List<ByteBuffer> buffers) {
        if (buffers.size() == 1) {
            return buffers.getFirst().duplicate();
        }
        ByteBuffer all = ByteBuffer.allocate(
                buffers.stream().mapToInt(ByteBuffer::remaining).sum());
        buffers.forEach(buffer -> all.put(buffer.duplicate()));
        return all.flip();
    }
}
