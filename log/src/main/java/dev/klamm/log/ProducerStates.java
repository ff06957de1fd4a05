package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.PartitionLog.ActiveProducer;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.ProducerMarks.LastBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

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
    private final UnstableTransactions transactions;
    private final Map<Long, ProducerState> producers = new HashMap<>();

    /** Tickets to begin a transaction, by producer id: one for each that has not begun, or ended, meanwhile. */
    private final Map<Long, Verification> verifications = new HashMap<>();

    /** Aborted since {@link #takeAborted}. */
    private List<AbortedTransaction> aborted = new ArrayList<>(0);

    // Offset behind the last record whose effect is in here, idempotent or not: what a snapshot is named after.
    private long endOffset;

    /** @param highWatermark of the log, for what holds back its last stable offset */
    ProducerStates(LogId id, LongSupplier highWatermark) {
        this.id = id;
        this.transactions = new UnstableTransactions(highWatermark);
    }

    UnstableTransactions transactions() {
        return transactions;
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
     * @param ticket to begin a transaction with, or null
     * @param nextOffset the base offset that the first of them is to get (for messages)
     */
    Verdict check(ByteBuffer batches, Origin origin, @Nullable Verification ticket, long nextOffset) {
        for (int at = batches.position(); at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
            Verdict verdict = checkOne(batches, at, origin, ticket, nextOffset);
            if (!(verdict instanceof Accept)) {
                return verdict;
            }
        }
        return Verdict.ACCEPT;
    }

    private Verdict checkOne(ByteBuffer buffer, int at, Origin origin, @Nullable Verification ticket, long nextOffset) {
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
            return origin == Origin.COORDINATOR && isInTransaction(buffer, at)
                    ? checkVerified(known, buffer, at, ticket)
                    : Verdict.ACCEPT;
        }
        boolean isTransactional = RecordBatchHeader.isTransactional(buffer, at);
        Verdict verdict = isTransactional ? checkVerified(known, buffer, at, ticket) : Verdict.ACCEPT;
        if (verdict instanceof Accept) {
            verdict = checkSequence(known, buffer, at, nextOffset);
        }
        return verdict instanceof Accept && !isTransactional ? checkOutside(known, nextOffset) : verdict;
    }

    private static boolean isInTransaction(ByteBuffer buffer, int at) {
        return RecordBatchHeader.isTransactional(buffer, at) && !RecordBatchHeader.isControl(buffer, at);
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

    /** No transaction of the producer may be open. */
    private Verdict checkOutside(ProducerState known, long nextOffset) {
        if (known.currentTxnFirstOffset() >= 0) {
            return refuse(
                    Reason.INVALID_TXN_STATE,
                    "producer %d has an open transaction in %s, the write at offset %d is not part of it"
                            .formatted(known.producerId(), id, nextOffset));
        }
        return Verdict.ACCEPT;
    }

    /** A transaction is begun with a ticket that is still good. */
    private Verdict checkVerified(ProducerState known, ByteBuffer buffer, int at, @Nullable Verification ticket) {
        boolean isGood = isOpenIn(known, RecordBatchHeader.producerEpoch(buffer, at))
                || (ticket != null && verifications.get(known.producerId()) == ticket);
        return isGood
                ? Verdict.ACCEPT
                : refuse(Reason.INVALID_TXN_STATE, "the records are not part of an open transaction");
    }

    private static boolean isOpenIn(ProducerState known, short epoch) {
        return known.currentTxnFirstOffset() >= 0 && known.epoch() == epoch;
    }

    private Verdict checkSequence(ProducerState known, ByteBuffer buffer, int at, long nextOffset) {
        short epoch = RecordBatchHeader.producerEpoch(buffer, at);
        int lastSequence = known.epoch() == epoch ? known.lastSequence() : ProducerState.NO_SEQUENCE;
        int sequence = RecordBatchHeader.baseSequence(buffer, at);
        Verification waiting = verifications.get(known.producerId());
        if (waiting != null && isEarly(sequence, known, waiting)) {
            return refuse(
                    Reason.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "sequence %d of producer %d at offset %d of %s is not the first of its transaction"
                            .formatted(sequence, known.producerId(), nextOffset, id));
        }
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

    /** Whether a batch that waits for the same ticket has to come before. */
    private static boolean isEarly(int sequence, ProducerState known, Verification waiting) {
        boolean mustBeFirst = waiting.supportsEpochBump() && !known.hasBatches();
        return (mustBeFirst && sequence != 0) || sequence > waiting.lowestSequence();
    }

    /**
     * Begins the verification of a transaction's first batch in this log (KIP-890).
     *
     * @return the ticket to append it with; empty if none is needed, because the transaction has begun, or of use, because the
     *     epoch is one of the past
     */
    Optional<Verification> beginVerification(
            long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump, long nowMs) {
        ProducerState known = knownOrNew(producerId);
        if (producerEpoch < known.epoch() || isOpenIn(known, producerEpoch)) {
            return Optional.empty();
        }
        Verification ticket = verifications.computeIfAbsent(
                producerId, _ -> new Verification(producerId, producerEpoch, baseSequence, supportsEpochBump, nowMs));
        ticket.join(producerEpoch, baseSequence);
        return Optional.of(ticket);
    }

    /** Judges a marker by the producer's epoch and that of the coordinator (KIP-98, KIP-890); changes nothing. */
    Verdict check(EndTransaction marker, long nextOffset) {
        ProducerState known = knownOrNew(marker.producerId());
        if (isOfThePast(marker, known)) {
            return refuse(
                    Reason.INVALID_PRODUCER_EPOCH,
                    "the marker of producer %d at offset %d of %s has epoch %d, the last seen is %d (transaction version %d)"
                            .formatted(
                                    marker.producerId(),
                                    nextOffset,
                                    id,
                                    marker.producerEpoch(),
                                    known.epoch(),
                                    marker.transactionVersion()));
        }
        if (marker.coordinatorEpoch() < known.coordinatorEpoch()) {
            return refuse(
                    Reason.TRANSACTION_COORDINATOR_FENCED,
                    "the marker of producer %d at offset %d of %s is of coordinator epoch %d, the last seen is %d"
                            .formatted(
                                    marker.producerId(),
                                    nextOffset,
                                    id,
                                    marker.coordinatorEpoch(),
                                    known.coordinatorEpoch()));
        }
        return Verdict.ACCEPT;
    }

    /** From version 2 on a marker's epoch is greater than that of the records, but for a marker written a second time. */
    private static boolean isOfThePast(EndTransaction marker, ProducerState known) {
        if (marker.transactionVersion() < EndTransaction.FIRST_VERSION_WITH_EPOCH_BUMP
                || marker.producerEpoch() != known.epoch()) {
            return marker.producerEpoch() < known.epoch();
        }
        return known.currentTxnFirstOffset() >= 0 && marker.producerEpoch() != Short.MAX_VALUE;
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
        if (RecordBatchHeader.isTransactional(buffer, at)) {
            endVerification(buffer, at);
        }
        if (!RecordBatchHeader.isControl(buffer, at)) {
            boolean wasOpen = producer.currentTxnFirstOffset() >= 0;
            producer.add(buffer, at);
            if (!wasOpen && producer.currentTxnFirstOffset() >= 0) {
                transactions.begin(producer.producerId(), producer.currentTxnFirstOffset());
            }
            return;
        }
        // A control batch has one record, or none if compaction took it: then the transaction is gone from the log.
        ByteBuffer batch = buffer.slice(at, RecordBatchHeader.sizeInBytes(buffer, at));
        for (Record marker : MemoryRecords.readableRecords(batch).records()) {
            EndTransactionMarker end = EndTransactionMarker.deserialize(marker);
            if (producer.currentTxnFirstOffset() >= 0) {
                end(producer, marker.offset(), end.controlType() == ControlRecordType.ABORT);
            }
            producer.endTransaction(
                    RecordBatchHeader.producerEpoch(buffer, at), end.coordinatorEpoch(), marker.timestamp());
        }
    }

    private void end(ProducerState producer, long markerOffset, boolean isAborted) {
        long firstOffset = producer.currentTxnFirstOffset();
        long lastStableOffset = transactions.end(firstOffset, markerOffset);
        if (isAborted) {
            aborted.add(new AbortedTransaction(producer.producerId(), firstOffset, markerOffset, lastStableOffset));
        }
    }

    /** The ticket has done what it was for, unless this is the marker before the transaction that it is to begin. */
    private void endVerification(ByteBuffer buffer, int at) {
        Verification ticket = verifications.get(RecordBatchHeader.producerId(buffer, at));
        boolean isForTheNext = ticket != null
                && ticket.supportsEpochBump()
                && RecordBatchHeader.isControl(buffer, at)
                && RecordBatchHeader.producerEpoch(buffer, at) == ticket.producerEpoch();
        if (ticket != null && !isForTheNext) {
            verifications.remove(ticket.producerId());
        }
    }

    /** The aborted transactions whose markers came since the last call, in the order of the markers. */
    List<AbortedTransaction> takeAborted() {
        if (aborted.isEmpty()) {
            return List.of();
        }
        List<AbortedTransaction> taken = aborted;
        aborted = new ArrayList<>(0);
        return taken;
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
        verifications.values().removeIf(ticket -> nowMs - ticket.begunMs() >= expirationMs);
    }

    /** Forgets all; the state is to be built again from {@code offset} on. */
    void restartAt(long offset) {
        producers.clear();
        transactions.restart(Map.of());
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
        for (ProducerState producer : producers.values()) {
            last.put(producer.producerId(), new LastBatch(producer.lastOffsetBelow(bound), producer.epoch()));
        }
        return new ProducerMarks(last, transactions.firstUnstable(bound));
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
        Map<Long, Long> open = new HashMap<>();
        for (ProducerState producer : read) {
            producers.put(producer.producerId(), producer);
            if (producer.currentTxnFirstOffset() >= 0) {
                open.put(producer.currentTxnFirstOffset(), producer.producerId());
            }
        }
        transactions.restart(open);
    }
}
