package dev.klamm.broker.txn;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * All that is recorded of a transactional id: its producer, and the transaction that it is in or was in last. Immutable; the
 * methods that return another are the transitions, and check nothing: {@link Initializing}, {@link Ending} and
 * {@link Transactions} do.
 *
 * @param producerId of the producer that may use the id now
 * @param previousProducerId before the last step; told from {@code producerId} where epochs ran out
 * @param nextProducerId takes over when the end is complete, because epochs ran out (version 2); -1 else
 * @param producerEpoch -1 before the first InitProducerId is done, then up to 32766; 32767 only in markers that fence
 * @param lastProducerEpoch the one before, by which a second try of the same request is known; -1 if there is none. Not
 *     recorded, as by Kafka: after a restart a second try is fenced
 * @param timeoutMs how long a transaction may take; {@link #NO_TIMEOUT} for ever (two-phase commit, KIP-939)
 * @param partitions that take part, and of those that are ending still lack their marker
 * @param startMs when it began, in ms since 1970; -1 if there was none yet
 * @param lastUpdateMs when something was recorded last, in ms since 1970
 * @param clientVersion by which the client works: 2 raises the epoch with each transaction (KIP-890), 0 doesn't
 */
record Transaction(
        String id,
        long producerId,
        long previousProducerId,
        long nextProducerId,
        short producerEpoch,
        short lastProducerEpoch,
        int timeoutMs,
        TransactionStatus status,
        Set<TopicPartition> partitions,
        long startMs,
        long lastUpdateMs,
        short clientVersion) {

    static final long NO_PRODUCER_ID = -1;
    static final short NO_EPOCH = -1;
    static final int NO_TIMEOUT = Integer.MAX_VALUE;
    static final short FIRST_VERSION_WITH_EPOCH_BUMP = 2;
    private static final long NOT_STARTED = -1;

    /** The last epoch that a producer may have: one more is kept for fencing it. */
    private static final short LAST_EPOCH = Short.MAX_VALUE - 1;

    Transaction {
        partitions = Set.copyOf(partitions);
    }

    /** A transactional id that nobody has used yet. */
    static Transaction created(String id, long producerId, int timeoutMs, long nowMs) {
        return new Transaction(
                id,
                producerId,
                NO_PRODUCER_ID,
                NO_PRODUCER_ID,
                NO_EPOCH,
                NO_EPOCH,
                timeoutMs,
                TransactionStatus.EMPTY,
                Set.of(),
                NOT_STARTED,
                nowMs,
                (short) 0);
    }

    static boolean isLastEpoch(short epoch) {
        return epoch >= LAST_EPOCH;
    }

    boolean isEpochExhausted() {
        return isLastEpoch(producerEpoch);
    }

    /** A producer starts, or goes on after an error, with this id and epoch. */
    Transaction initialized(long newProducerId, short epoch, short lastEpoch, int newTimeoutMs, long nowMs) {
        return new Transaction(
                id,
                newProducerId,
                producerId,
                nextProducerId,
                epoch,
                lastEpoch,
                newTimeoutMs,
                TransactionStatus.EMPTY,
                Set.of(),
                NOT_STARTED,
                nowMs,
                clientVersion);
    }

    /** Partitions take part from now on; the first ones begin the transaction. */
    Transaction with(Set<TopicPartition> added, short version, long nowMs) {
        var all = new HashSet<>(partitions);
        all.addAll(added);
        return new Transaction(
                id,
                producerId,
                producerId,
                nextProducerId,
                producerEpoch,
                lastProducerEpoch,
                timeoutMs,
                TransactionStatus.ONGOING,
                all,
                status.isAtRest() ? nowMs : startMs,
                nowMs,
                version);
    }

    /** It is decided how it ends; the epoch is the markers'. One without partitions began and ends now. */
    Transaction prepared(boolean isCommit, short epoch, short lastEpoch, long nextId, short version, long nowMs) {
        return new Transaction(
                id,
                producerId,
                producerId,
                nextId,
                epoch,
                lastEpoch,
                timeoutMs,
                isCommit ? TransactionStatus.PREPARE_COMMIT : TransactionStatus.PREPARE_ABORT,
                partitions,
                status.isAtRest() ? nowMs : startMs,
                nowMs,
                version);
    }

    /** All markers are written. Where epochs ran out, the next producer id begins with epoch 0. */
    Transaction completed(long nowMs) {
        boolean takesNext = raisesEpoch() && nextProducerId != NO_PRODUCER_ID;
        return new Transaction(
                id,
                takesNext ? nextProducerId : producerId,
                producerId,
                NO_PRODUCER_ID,
                takesNext ? 0 : producerEpoch,
                lastProducerEpoch,
                timeoutMs,
                isCommit() ? TransactionStatus.COMPLETE_COMMIT : TransactionStatus.COMPLETE_ABORT,
                Set.of(),
                startMs,
                nowMs,
                clientVersion);
    }

    /** Of its partitions these alone still lack their marker. */
    Transaction lacking(Set<TopicPartition> markers) {
        return new Transaction(
                id,
                producerId,
                previousProducerId,
                nextProducerId,
                producerEpoch,
                lastProducerEpoch,
                timeoutMs,
                status,
                markers,
                startMs,
                lastUpdateMs,
                clientVersion);
    }

    boolean isCommit() {
        return status == TransactionStatus.PREPARE_COMMIT || status == TransactionStatus.COMPLETE_COMMIT;
    }

    boolean raisesEpoch() {
        return clientVersion >= FIRST_VERSION_WITH_EPOCH_BUMP;
    }
}
