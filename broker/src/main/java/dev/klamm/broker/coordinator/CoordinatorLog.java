package dev.klamm.broker.coordinator;

import dev.klamm.log.AppendResult;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.ReadResult;
import dev.klamm.log.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/** A partition of a coordinator's topic as a log of {@link CoordinatorRecord}s, and of the markers of transactions. */
final class CoordinatorLog {
    private static final int READ_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 1024;

    private final PartitionLog log;

    CoordinatorLog(PartitionLog log) {
        this.log = log;
    }

    /** The log can't be read up to its end: what it says would be half the truth. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String message) {
            super(message);
        }
    }

    /**
     * Appends all records or none, in as few batches as {@code max.message.bytes} allows.
     *
     * @param transaction whose transaction they are part of, null if of none
     * @param ticket to begin it with in this log; null if it is open
     */
    AppendResult append(
            List<? extends CoordinatorRecord> records,
            long timestampMs,
            @Nullable TransactionalProducer transaction,
            @Nullable Verification ticket) {
        var batches = new ArrayList<ByteBuffer>();
        int next = 0;
        while (next < records.size()) {
            MemoryRecordsBuilder batch = newBatch(next, transaction);
            do {
                CoordinatorRecord record = records.get(next++);
                batch.append(timestampMs, record.keyBytes(), record.valueBytes());
            } while (next < records.size() && hasRoom(batch, timestampMs, records.get(next)));
            batches.add(batch.build().buffer());
        }
        return log.append(joined(batches), PartitionLog.Origin.COORDINATOR, ticket);
    }

    /** Sequences are for producers that send batches; a coordinator's all have the first one, as Kafka's. */
    private MemoryRecordsBuilder newBatch(int baseOffset, @Nullable TransactionalProducer transaction) {
        return new MemoryRecordsBuilder(
                new ByteBufferOutputStream(BATCH_BYTES),
                RecordBatch.CURRENT_MAGIC_VALUE,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                baseOffset,
                RecordBatch.NO_TIMESTAMP,
                transaction != null ? transaction.producerId() : RecordBatch.NO_PRODUCER_ID,
                transaction != null ? transaction.producerEpoch() : RecordBatch.NO_PRODUCER_EPOCH,
                transaction != null ? 0 : RecordBatch.NO_SEQUENCE,
                transaction != null,
                false,
                RecordBatch.NO_PARTITION_LEADER_EPOCH,
                log.config().maxMessageBytes());
    }

    private static boolean hasRoom(MemoryRecordsBuilder batch, long timestampMs, CoordinatorRecord record) {
        byte[] value = record.valueBytes();
        return batch.hasRoomFor(
                timestampMs,
                ByteBuffer.wrap(record.keyBytes()),
                value == null ? null : ByteBuffer.wrap(value),
                Record.EMPTY_HEADERS);
    }

    /**
     * Hands out every record and marker from the first to the last.
     *
     * @throws UnreadableException if a part of the log is damaged, or not what a coordinator writes
     */
    void readAll(Consumer<LogEntry> consumer) throws UnreadableException {
        try {
            long offset = log.logStartOffset();
            while (offset < log.logEndOffset()) {
                offset = read(offset, consumer);
            }
        } catch (RuntimeException failure) {
            // Kafka's classes throw whatever they like on bytes that are not what their type and version say.
            throw new UnreadableException(log.id() + " can't be understood: " + failure);
        }
    }

    /** Returns the offset to go on from. */
    private long read(long offset, Consumer<LogEntry> consumer) throws UnreadableException {
        ReadResult result = log.read(offset, READ_BYTES, true, PartitionLog.ReadBound.LOG_END);
        long next = offset;
        for (MutableRecordBatch batch :
                MemoryRecords.readableRecords(bytes(result)).batches()) {
            hand(batch, consumer);
            next = batch.nextOffset();
        }
        if (next <= offset) {
            throw new UnreadableException(log.id() + " gave nothing at offset " + offset + ", before its end");
        }
        return next;
    }

    private static void hand(RecordBatch batch, Consumer<LogEntry> consumer) {
        TransactionalProducer producer =
                batch.isTransactional() ? new TransactionalProducer(batch.producerId(), batch.producerEpoch()) : null;
        for (Record record : batch) {
            if (!batch.isControlBatch()) {
                consumer.accept(new LogEntry.Written(record.offset(), record.key(), record.value(), producer));
            } else if (producer != null && isTransactionMarker(record)) {
                var marker = EndTransactionMarker.deserialize(record);
                boolean isCommit = marker.controlType() == ControlRecordType.COMMIT;
                consumer.accept(new LogEntry.Marker(producer, marker.coordinatorEpoch(), isCommit));
            }
        }
    }

    private static boolean isTransactionMarker(Record record) {
        ControlRecordType type = ControlRecordType.parse(record.key());
        return type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT;
    }

    private ByteBuffer bytes(ReadResult result) throws UnreadableException {
        return switch (result) {
            case ReadResult.InMemory(List<ByteBuffer> buffers, int _, long _) -> joined(buffers);
            case ReadResult.InFile file -> bytes(file);
            case ReadResult.Corrupt(String message) ->
                throw new UnreadableException(message + ". Put this file back from a backup; to go on without what it"
                        + " says, stop the broker and delete the file, klamm.damage, and"
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
