package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.PartitionLog.ActiveProducer;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.ProducerMarks.LastBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;

/**
 * The producers that wrote to one log not too long ago (KIP-98, KIP-360): what makes a retried batch a duplicate, a lost
 * batch a gap, and an old incarnation of a producer a stranger. First {@link #check}, then append, then {@link #update}.
 *
 * <p>A producer that is not known here may begin with any sequence: its earlier batches may have been deleted, or it may
 * have been idle for longer than {@code producer.id.expiration.ms}.
 *
 * <p>Has no lock and no clock: the log's lock guards it, times (ms since 1970) are arguments.
 */
final class ProducerStates {
    private final LogId id;
    private final Map<Long, ProducerState> producers = new HashMap<>();

    // Offset behind the last record whose effect is in here, idempotent or not: what a snapshot is named after.
    private long endOffset;

    ProducerStates(LogId id) {
        this.id = id;
    }

    /** What may be done with a batch. */
    sealed interface Verdict {
        Accept ACCEPT = new Accept();
    }

    record Accept() implements Verdict {}

    /** One of the producer's last five batches: answer with its offsets, append nothing. */
    record Duplicate(ProducerState.Batch original) implements Verdict {}

    record Refuse(Reason reason, String message) implements Verdict {
        AppendResult.Rejected toResult() {
            return new AppendResult.Rejected(reason, message);
        }
    }

    /**
     * Judges all batches from position to limit by what was appended before; changes nothing.
     *
     * @param nextOffset the base offset that the first of them is to get (for messages)
     */
    Verdict check(ByteBuffer batches, Origin origin, long nextOffset) {
        for (int at = batches.position(); at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
            Verdict verdict = checkOne(batches, at, origin, nextOffset);
            if (!(verdict instanceof Accept)) {
                return verdict;
            }
        }
        return Verdict.ACCEPT;
    }

    private Verdict checkOne(ByteBuffer buffer, int at, Origin origin, long nextOffset) {
        if (!RecordBatchHeader.hasProducerId(buffer, at)) {
            return Verdict.ACCEPT;
        }
        ProducerState known = knownOrNew(RecordBatchHeader.producerId(buffer, at));
        int duplicate = origin == Origin.CLIENT ? duplicateSlot(known, buffer, at) : -1;
        if (duplicate >= 0) {
            return new Duplicate(known.batchAt(duplicate));
        }
        short epoch = RecordBatchHeader.producerEpoch(buffer, at);
        if (epoch < known.epoch()) {
            return refuse(
                    Reason.INVALID_PRODUCER_EPOCH,
                    "epoch %d of producer %d at offset %d of %s is below its last seen epoch %d"
                            .formatted(epoch, known.producerId(), nextOffset, id, known.epoch()));
        }
        if (origin != Origin.CLIENT) {
            return Verdict.ACCEPT;
        }
        Verdict inTransaction = checkTransaction(known, buffer, at, nextOffset);
        return inTransaction instanceof Accept ? checkSequence(known, buffer, at, nextOffset) : inTransaction;
    }

    private ProducerState knownOrNew(long producerId) {
        ProducerState known = producers.get(producerId);
        return known == null ? unknown(producerId) : known;
    }

    private static int duplicateSlot(ProducerState known, ByteBuffer buffer, int at) {
        if (known.epoch() != RecordBatchHeader.producerEpoch(buffer, at)) {
            return -1;
        }
        return known.slotOf(RecordBatchHeader.baseSequence(buffer, at), RecordBatchHeader.lastSequence(buffer, at));
    }

    private Verdict checkTransaction(ProducerState known, ByteBuffer buffer, int at, long nextOffset) {
        boolean isOpen = known.currentTxnFirstOffset() >= 0;
        boolean isOpenInEpoch = isOpen && known.epoch() == RecordBatchHeader.producerEpoch(buffer, at);
        if (RecordBatchHeader.isTransactional(buffer, at) && !isOpenInEpoch) {
            return refuse(Reason.INVALID_TXN_STATE, "the records are not part of an open transaction");
        }
        if (!RecordBatchHeader.isTransactional(buffer, at) && isOpen) {
            return refuse(
                    Reason.INVALID_TXN_STATE,
                    "producer %d has an open transaction in %s, the write at offset %d is not part of it"
                            .formatted(known.producerId(), id, nextOffset));
        }
        return Verdict.ACCEPT;
    }

    private Verdict checkSequence(ProducerState known, ByteBuffer buffer, int at, long nextOffset) {
        short epoch = RecordBatchHeader.producerEpoch(buffer, at);
        int lastSequence = known.epoch() == epoch ? known.lastSequence() : ProducerState.NO_SEQUENCE;
        int sequence = RecordBatchHeader.baseSequence(buffer, at);
        // Of a producer without an epoch nothing is known, and it may begin anywhere.
        if (known.epoch() == ProducerState.NO_EPOCH || sequence == sequenceAfter(lastSequence)) {
            return Verdict.ACCEPT;
        }
        return refuse(
                Reason.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "sequence %d of producer %d (epoch %d) at offset %d of %s does not follow %d (epoch %d)"
                        .formatted(
                                sequence,
                                known.producerId(),
                                epoch,
                                nextOffset,
                                id,
                                known.lastSequence(),
                                known.epoch()));
    }

    private static int sequenceAfter(int sequence) {
        return (sequence + 1) & Integer.MAX_VALUE;
    }

    private static Refuse refuse(Reason reason, String message) {
        return new Refuse(reason, message);
    }

    /**
     * Takes note of all batches from position to limit, which have their offsets: after an append, and when state is
     * rebuilt from the log.
     */
    void update(ByteBuffer batches) {
        for (int at = batches.position(); at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
            if (RecordBatchHeader.hasProducerId(batches, at)) {
                updateOne(batches, at);
            }
            endOffset = RecordBatchHeader.lastOffset(batches, at) + 1;
        }
    }

    /** The same for the batch that the check stands on, of which no more than the header is read if that is enough. */
    void update(SegmentCheck check) throws IOException {
        if (RecordBatchHeader.isControl(check.header(), 0)) {
            update(check.batch());
            return;
        }
        if (RecordBatchHeader.hasProducerId(check.header(), 0)) {
            updateOne(check.header(), 0);
        }
        endOffset = check.lastOffset() + 1;
    }

    private void updateOne(ByteBuffer buffer, int at) {
        ProducerState producer =
                producers.computeIfAbsent(RecordBatchHeader.producerId(buffer, at), ProducerStates::unknown);
        if (!RecordBatchHeader.isControl(buffer, at)) {
            producer.add(buffer, at);
            return;
        }
        // A control batch has one record, or none if compaction took it: then the transaction is gone from the log.
        ByteBuffer batch = buffer.slice(at, RecordBatchHeader.sizeInBytes(buffer, at));
        for (Record marker : MemoryRecords.readableRecords(batch).records()) {
            int coordinatorEpoch = EndTransactionMarker.deserialize(marker).coordinatorEpoch();
            producer.endTransaction(RecordBatchHeader.producerEpoch(buffer, at), coordinatorEpoch, marker.timestamp());
        }
    }

    private static ProducerState unknown(long producerId) {
        return new ProducerState(producerId, ProducerState.NO_EPOCH, -1, -1, -1);
    }

    /** Forgets who has been idle for {@code producer.id.expiration.ms} and is not in a transaction. */
    void expire(long nowMs, long expirationMs) {
        expire(nowMs, expirationMs, Set.of());
    }

    /** The same, but for those in {@code spared}. */
    void expire(long nowMs, long expirationMs, Set<Long> spared) {
        producers
                .values()
                .removeIf(producer -> producer.currentTxnFirstOffset() < 0
                        && nowMs - producer.lastTimestampMs() >= expirationMs
                        && !spared.contains(producer.producerId()));
    }

    /** Forgets all; the state is to be built again from {@code offset} on. */
    void restartAt(long offset) {
        producers.clear();
        endOffset = offset;
    }

    /** Offset behind the last record that is reflected in here. */
    long endOffset() {
        return endOffset;
    }

    boolean isEmpty() {
        return producers.isEmpty();
    }

    /** One for each producer, for DescribeProducers (KIP-664). */
    List<ActiveProducer> activeProducers() {
        return producers.values().stream()
                .map(producer -> new ActiveProducer(
                        producer.producerId(),
                        producer.epoch(),
                        producer.lastSequence(),
                        producer.lastTimestampMs(),
                        producer.coordinatorEpoch(),
                        producer.currentTxnFirstOffset()))
                .toList();
    }

    /** @param bound the last batches below it count: what lies behind may be lost */
    ProducerMarks marks(long bound) {
        Map<Long, LastBatch> last = new HashMap<>();
        long firstUndecidedOffset = Long.MAX_VALUE;
        for (ProducerState producer : producers.values()) {
            last.put(producer.producerId(), new LastBatch(producer.lastOffsetBelow(bound), producer.epoch()));
            if (producer.currentTxnFirstOffset() >= 0) {
                firstUndecidedOffset = Math.min(firstUndecidedOffset, producer.currentTxnFirstOffset());
            }
        }
        return new ProducerMarks(last, firstUndecidedOffset);
    }

    /** Writes {@code %020d.snapshot} for {@link #endOffset} into the partition's directory; durable when it returns. */
    void writeSnapshot(Storage storage, Path partitionDirectory) throws IOException {
        ProducerSnapshot.write(storage, partitionDirectory, endOffset, producers.values());
    }

    /**
     * Takes the state as of {@code offset} from that snapshot, in place of all that was known.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws GarbledFileException if it can't be believed; the state is unchanged
     */
    void readSnapshot(Storage storage, Path partitionDirectory, long offset) throws IOException {
        Collection<ProducerState> read = ProducerSnapshot.read(storage, partitionDirectory, offset);
        restartAt(offset);
        for (ProducerState producer : read) {
            producers.put(producer.producerId(), producer);
        }
    }
}
