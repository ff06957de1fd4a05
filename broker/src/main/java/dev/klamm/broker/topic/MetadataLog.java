package dev.klamm.broker.topic;

import dev.klamm.log.AppendResult;
import dev.klamm.log.LogConfig;
import dev.klamm.log.LogId;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.ReadResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.LeaderChangeMessage.Voter;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * The log {@code __cluster_metadata-0}: an ordinary partition log whose records are Kafka's metadata records. One thread
 * at a time uses it ({@link Topics} holds its lock).
 */
final class MetadataLog {
    private static final Uuid TOPIC_ID = new Uuid(0, 1);
    private static final LogId ID = new LogId(TOPIC_ID, "__cluster_metadata", 0);
    private static final int READ_BYTES = 1 << 20;

    /** Kafka's controller writes no larger ones. */
    private static final int MAX_BATCH_RECORDS = 20_000;

    private final Logs logs;
    private final PartitionLog log;

    MetadataLog(Logs logs, int leaderEpoch) {
        this.logs = logs;
        this.log = logs.register(ID, config(), leaderEpoch);
    }

    /** Nothing of it is ever deleted: it is small, and start-up reads all of it. */
    private static LogConfig config() {
        LogConfig usual = LogConfig.DEFAULT;
        return new LogConfig(
                usual.segmentBytes(),
                usual.segmentMs(),
                usual.segmentJitterMs(),
                usual.segmentIndexBytes(),
                usual.indexIntervalBytes(),
                Integer.MAX_VALUE,
                usual.timestampType(),
                usual.timestampBeforeMaxMs(),
                Long.MAX_VALUE,
                LogConfig.Cleanup.NONE,
                usual.fileDeleteDelayMs(),
                1,
                usual.flushMs(),
                null);
    }

    long endOffset() {
        return log.logEndOffset();
    }

    boolean isEmpty() {
        return log.logEndOffset() == 0;
    }

    /**
     * Applies every record to {@code change}; those of a transaction (KIP-868) that was never ended are left out.
     *
     * @throws UnusableDirectoryException if the beginning of the log is gone, and no snapshot stands for it
     */
    void replay(Path dataDirectory, MetadataImage.Change change) throws IOException {
        var replay = new Replay(change);
        long offset = log.logStartOffset();
        if (offset > 0) {
            offset = replaySnapshot(dataDirectory, replay);
        }
        while (offset < log.logEndOffset()) {
            offset = replay.apply(readable(offset), offset);
        }
    }

    private long replaySnapshot(Path dataDirectory, Replay replay) throws IOException {
        MetadataSnapshot snapshot = MetadataSnapshot.latest(dataDirectory)
                .filter(found -> found.endOffset() >= log.logStartOffset())
                .orElseThrow(() -> new UnusableDirectoryException("The metadata log begins at offset "
                        + log.logStartOffset() + ", and there is no snapshot of what was before."));
        replay.apply(snapshot.batches(), 0);
        return snapshot.endOffset();
    }

    private ByteBuffer readable(long offset) throws IOException {
        ReadResult result = log.read(offset, READ_BYTES, true, PartitionLog.ReadBound.LOG_END);
        return switch (result) {
            case ReadResult.InMemory memory -> joined(memory.buffers(), memory.sizeBytes());
            case ReadResult.InFile file -> {
                ByteBuffer bytes = ByteBuffer.allocate(file.sizeBytes());
                file.file().read(bytes, file.position());
                yield bytes.flip();
            }
            case ReadResult.Corrupt corrupt ->
                throw new UnusableDirectoryException("The metadata log is damaged, so that topics and settings are not"
                        + " known for sure: " + corrupt.message() + ". Put the file back from a backup.");
            case ReadResult.Failed failed ->
                throw new UnusableDirectoryException("The metadata log can't be read: " + failed.message());
            case ReadResult.OutOfRange range ->
                throw new UnusableDirectoryException("The metadata log has no offset " + offset + ", it goes from "
                        + range.logStartOffset() + " to " + range.logEndOffset() + ".");
        };
    }

    private static ByteBuffer joined(List<ByteBuffer> buffers, int sizeBytes) {
        ByteBuffer bytes = ByteBuffer.allocate(sizeBytes);
        buffers.forEach(buffer -> bytes.put(buffer.duplicate()));
        return bytes.flip();
    }

    /** The control record with which a KRaft leader begins its epoch, here the only voter's. */
    void appendLeaderChange(int nodeId, int leaderEpoch, long timestampMs) throws InterruptedException {
        var message = new LeaderChangeMessage()
                .setLeaderId(nodeId)
                .setVoters(List.of(new Voter().setVoterId(nodeId)))
                .setGrantingVoters(List.of(new Voter().setVoterId(nodeId)));
        ByteBuffer buffer = ByteBuffer.allocate(256);
        append(MemoryRecords.withLeaderChangeMessage(0, timestampMs, leaderEpoch, buffer, message)
                .buffer());
    }

    /**
     * Appends the records as one batch and waits until they are on disk.
     *
     * @throws KafkaStorageException if that failed; whether they are in the log is not known then
     */
    void append(List<MetadataRecord> records, long timestampMs) throws InterruptedException {
        for (int from = 0; from < records.size(); from += MAX_BATCH_RECORDS) {
            int to = Math.min(records.size(), from + MAX_BATCH_RECORDS);
            append(MetadataRecord.batch(records.subList(from, to), timestampMs));
        }
    }

    private void append(ByteBuffer batch) throws InterruptedException {
        AppendResult result = log.append(batch, PartitionLog.Origin.BROKER);
        if (!(result instanceof AppendResult.Appended appended)) {
            throw new KafkaStorageException("The metadata log refused a change: " + result);
        }
        try {
            logs.awaitSynced(appended.lsn());
        } catch (Logs.JournalFailedException e) {
            throw new KafkaStorageException("The change could not be made durable: " + e.getMessage(), e);
        }
    }

    private static final class Replay {
        private final MetadataImage.Change change;

        /** Records of the transaction that is open; null outside one. */
        private @Nullable List<ApiMessage> pending;

        Replay(MetadataImage.Change change) {
            this.change = change;
        }

        /** Returns the offset after the last whole batch. */
        long apply(ByteBuffer batches, long fromOffset) throws IOException {
            long next = fromOffset;
            for (RecordBatch batch : MemoryRecords.readableRecords(batches).batches()) {
                next = batch.nextOffset();
                if (!batch.isControlBatch()) {
                    apply(batch);
                }
            }
            if (next == fromOffset) {
                throw new UnusableDirectoryException(
                        "The metadata log has no whole batch at offset " + fromOffset + ".");
            }
            return next;
        }

        private void apply(RecordBatch batch) throws UnusableDirectoryException {
            for (Record record : batch) {
                ByteBuffer value = record.value();
                if (value != null) {
                    apply(MetadataRecord.decode(value).message());
                }
            }
        }

        private void apply(ApiMessage record) {
            switch (record) {
                case BeginTransactionRecord begin -> pending = new ArrayList<>();
                case AbortTransactionRecord abort -> pending = null;
                case EndTransactionRecord end -> {
                    if (pending != null) {
                        pending.forEach(change::apply);
                    }
                    pending = null;
                }
                default -> {
                    if (pending != null) {
                        pending.add(record);
                    } else {
                        change.apply(record);
                    }
                }
            }
        }
    }
}
