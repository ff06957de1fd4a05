package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.StateMachine;
import dev.klamm.broker.coordinator.TransactionalProducer;
import dev.klamm.broker.txn.TransactionStep.Entry;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The transactional ids of one partition of {@code __transaction_state}: a state machine without I/O, threads and clocks. A
 * method that takes a request and a moment plans a {@link TransactionStep} and changes nothing; the shell appends its records
 * and then calls {@link #apply}.
 */
final class Transactions implements StateMachine<TransactionStep> {
    /** How long after a failed try the markers of an end are tried again. */
    static final long RETRY_MS = 500;

    private final Supplier<TransactionConfig> config;
    private final Call<String> overdue;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** @param overdue is told of ids whose transaction takes too long, or lacks markers; {@link #endOverdue} is to follow */
    Transactions(Supplier<TransactionConfig> config, Call<String> overdue) {
        this.config = config;
        this.overdue = overdue;
    }

    /** Null if nobody has used the id. */
    @Nullable
    Transaction find(String id) {
        Entry entry = entries.get(id);
        return entry == null ? null : entry.transaction();
    }

    Collection<Transaction> all() {
        return entries.values().stream().map(Entry::transaction).toList();
    }

    @Override
    public List<String> ids() {
        return List.copyOf(entries.keySet());
    }

    /**
     * A producer starts, or goes on after an error. A transaction that is open is aborted first.
     *
     * @param unusedId a producer id that nobody has; -1 if none was needed so far
     */
    TransactionStep initialize(Initializing request, long unusedId, Call<Outcome> call, Moment now) {
        Entry entry = entries.get(request.id());
        if (entry == null && unusedId == Transaction.NO_PRODUCER_ID) {
            return unchanged(request.id()).reply(call, new Outcome.NeedsProducerId());
        }
        Transaction known = entry == null
                ? Transaction.created(request.id(), unusedId, request.timeoutMs(), now.wallMs())
                : entry.transaction();
        if (known.status().isEnding()) {
            return refused(request.id(), Errors.CONCURRENT_TRANSACTIONS, call);
        }
        if (!request.isByProducerOf(known)) {
            return refused(request.id(), Errors.PRODUCER_FENCED, call);
        }
        if (known.status() == TransactionStatus.ONGOING) {
            return fence(known, unusedId, call, now);
        }
        return switch (request.on(known, unusedId, now.wallMs())) {
            case Initializing.Verdict.Refused(Errors error) -> refused(request.id(), error, call);
            case Initializing.Verdict.NeedsProducerId needs ->
                unchanged(request.id()).reply(call, new Outcome.NeedsProducerId());
            case Initializing.Verdict.To(Transaction next) ->
                to(next, NEVER).reply(call, new Outcome.Done(next.producerId(), next.producerEpoch()));
        };
    }

    /**
     * Partitions take part from now on.
     *
     * @param clientVersion 2 if the epoch rises with each transaction
     */
    TransactionStep add(
            String id,
            TransactionalProducer producer,
            Set<TopicPartition> added,
            short clientVersion,
            Call<Errors> call,
            Moment now) {
        Entry entry = entries.get(id);
        if (entry != null && entry.transaction().status().isEnding()) {
            // First of all: the producer may go on already with the id and the epoch that the end will give it.
            return unchanged(id).reply(call, Errors.CONCURRENT_TRANSACTIONS);
        }
        Errors refusal = refusal(entry, producer);
        if (entry == null || refusal != Errors.NONE) {
            return unchanged(id).reply(call, refusal);
        }
        Transaction known = entry.transaction();
        if (known.status() == TransactionStatus.ONGOING && known.partitions().containsAll(added)) {
            return unchanged(id).reply(call, Errors.NONE);
        }
        long deadlineMs = known.status() == TransactionStatus.ONGOING ? entry.deadlineMs() : deadline(known, now, 0);
        return to(known.with(added, clientVersion, now.wallMs()), deadlineMs).reply(call, Errors.NONE);
    }

    /** Whether the partition takes part, for a write of a producer that said so before. */
    Errors verify(String id, TransactionalProducer producer, TopicPartition partition) {
        Entry entry = entries.get(id);
        Errors refusal = refusal(entry, producer);
        if (entry == null || refusal != Errors.NONE) {
            return refusal;
        }
        return entry.transaction().partitions().contains(partition) ? Errors.NONE : Errors.TRANSACTION_ABORTABLE;
    }

    /** Why the producer may not write in a transaction of the id now, or NONE. */
    private static Errors refusal(@Nullable Entry entry, TransactionalProducer producer) {
        if (entry == null || entry.transaction().producerId() != producer.producerId()) {
            return Errors.INVALID_PRODUCER_ID_MAPPING;
        }
        if (entry.transaction().producerEpoch() != producer.producerEpoch()) {
            return Errors.PRODUCER_FENCED;
        }
        return entry.transaction().status().isEnding() ? Errors.CONCURRENT_TRANSACTIONS : Errors.NONE;
    }

    /** The producer ends its transaction. */
    TransactionStep end(String id, Ending request, long unusedId, Call<Outcome> call, Moment now) {
        Transaction known = find(id);
        if (known == null) {
            return refused(id, Errors.INVALID_PRODUCER_ID_MAPPING, call);
        }
        return switch (request.on(known)) {
            case Ending.Verdict.Refused(Errors error) -> refused(id, error, call);
            case Ending.Verdict.WasSo wasSo ->
                unchanged(id)
                        .reply(
                                call,
                                request.raisesEpoch()
                                        ? new Outcome.Done(known.producerId(), known.producerEpoch())
                                        : Outcome.Done.untold());
            case Ending.Verdict.Prepare prepare ->
                request.raisesEpoch()
                        ? prepareWithNextEpoch(known, request.isCommit(), unusedId, call, now)
                        : prepare(
                                known, request.isCommit(), known.producerEpoch(), known.lastProducerEpoch(), call, now);
        };
    }

    private TransactionStep prepareWithNextEpoch(
            Transaction known, boolean isCommit, long unusedId, Call<Outcome> call, Moment now) {
        if (known.isEpochExhausted() && unusedId == Transaction.NO_PRODUCER_ID) {
            return unchanged(known.id()).reply(call, new Outcome.NeedsProducerId());
        }
        Transaction next = known.prepared(
                isCommit,
                afterEpochOf(known),
                known.producerEpoch(),
                known.isEpochExhausted() ? unusedId : Transaction.NO_PRODUCER_ID,
                Transaction.FIRST_VERSION_WITH_EPOCH_BUMP,
                now.wallMs());
        Transaction end = next.completed(now.wallMs());
        return prepared(next, new Outcome.Done(end.producerId(), end.producerEpoch()), call);
    }

    private TransactionStep prepare(
            Transaction known, boolean isCommit, short epoch, short lastEpoch, Call<Outcome> call, Moment now) {
        Transaction next =
                known.prepared(isCommit, epoch, lastEpoch, Transaction.NO_PRODUCER_ID, (short) 0, now.wallMs());
        return prepared(next, Outcome.Done.untold(), call);
    }

    /** Whoever hears of it is the one who writes the markers. */
    private TransactionStep prepared(Transaction next, Outcome.Done answer, Call<Outcome> call) {
        return new TransactionStep(next.id(), new Entry(next, true, false, NEVER))
                .record(TransactionRecord.of(next, config.get().recordVersion()))
                .reply(call, new Outcome.Prepared(next, answer));
    }

    /** Aborts with a greater epoch, so that whoever was in the transaction hears that it is over. */
    private TransactionStep fence(Transaction known, long unusedId, Call<Outcome> call, Moment now) {
        return config.get().version() >= Transaction.FIRST_VERSION_WITH_EPOCH_BUMP
                ? prepareWithNextEpoch(known, false, unusedId, call, now)
                : prepare(known, false, afterEpochOf(known), Transaction.NO_EPOCH, call, now);
    }

    private static short afterEpochOf(Transaction known) {
        return known.producerEpoch() == Short.MAX_VALUE ? Short.MAX_VALUE : (short) (known.producerEpoch() + 1);
    }

    /** All markers of an end that was {@link Outcome.Prepared} are written. */
    TransactionStep complete(Transaction prepared, Call<Errors> call, Moment now) {
        return to(prepared.completed(now.wallMs()), NEVER).reply(call, Errors.NONE);
    }

    /** Some are not: they are tried again after a while, by whoever {@code overdue} tells. */
    TransactionStep retryLater(Transaction prepared, Call<Errors> call, Moment now) {
        Entry waiting = new Entry(prepared, false, false, now.monotonicMs() + RETRY_MS);
        return new TransactionStep(prepared.id(), waiting).reply(call, Errors.NONE);
    }

    /** Does what {@code overdue} told of, if it is still to be done. */
    TransactionStep endOverdue(String id, long unusedId, Call<Outcome> call, Moment now) {
        Entry entry = entries.get(id);
        if (entry == null || !entry.isOverdue()) {
            return refused(id, Errors.NONE, call);
        }
        Transaction known = entry.transaction();
        if (known.status() == TransactionStatus.ONGOING) {
            return fence(known, unusedId, call, now);
        }
        return new TransactionStep(id, new Entry(known, true, false, NEVER))
                .reply(call, new Outcome.Prepared(known, Outcome.Done.untold()));
    }

    @Override
    public long deadlineMs() {
        return entries.values().stream().mapToLong(Entry::deadlineMs).min().orElse(NEVER);
    }

    @Override
    public Optional<TransactionStep> due(String id, Moment now) {
        Entry entry = entries.get(id);
        if (entry == null || entry.deadlineMs() > now.monotonicMs()) {
            return Optional.empty();
        }
        // If whoever is told can't do it, it is told again.
        Entry told = new Entry(entry.transaction(), entry.hasWriter(), true, now.monotonicMs() + RETRY_MS);
        return Optional.of(new TransactionStep(id, told).reply(overdue, id));
    }

    @Override
    public Optional<TransactionStep> notWritten(TransactionStep failed, Errors error, Moment now) {
        Entry entry = entries.get(failed.id());
        // What could not be recorded was the end being complete: the markers are written once more, which does no harm.
        return entry != null && entry.hasWriter()
                ? Optional.of(new TransactionStep(
                        failed.id(), new Entry(entry.transaction(), false, false, now.monotonicMs() + RETRY_MS)))
                : Optional.empty();
    }

    @Override
    public long cleanUpIntervalMs() {
        return config.get().idExpirationCheckIntervalMs();
    }

    /** An id that nobody has used for {@code transactional.id.expiration.ms} is forgotten. */
    @Override
    public TransactionStep cleanUp(String id, Moment now) {
        Transaction known = find(id);
        boolean isExpired = known != null
                && known.status().isAtRest()
                && known.lastUpdateMs() <= now.wallMs() - config.get().idExpirationMs();
        return isExpired ? new TransactionStep(id, null).record(TransactionRecord.tombstone(id)) : unchanged(id);
    }

    @Override
    public void replay(LogEntry entry) {
        if (entry instanceof LogEntry.Written written) {
            TransactionRecord.read(written.key(), written.value())
                    .ifPresent(record -> put(record.id(), recorded(record.transaction())));
        }
    }

    private static @Nullable Entry recorded(@Nullable Transaction transaction) {
        return transaction == null ? null : new Entry(transaction, false, false, NEVER);
    }

    /** After the log has been read: what is ending goes on ending, what is open has the rest of its time. */
    TransactionStep loaded(String id, Moment now) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return unchanged(id);
        }
        Transaction known = entry.transaction();
        long deadlineMs = switch (known.status()) {
            case ONGOING -> deadline(known, now, now.wallMs() - known.startMs());
            case PREPARE_COMMIT, PREPARE_ABORT -> now.monotonicMs();
            case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT, DEAD, PREPARE_EPOCH_FENCE -> NEVER;
        };
        return new TransactionStep(id, new Entry(known, false, false, deadlineMs));
    }

    /** @param spentMs by the wall clock, which may have jumped: it neither ends a transaction early nor keeps it for longer */
    private static long deadline(Transaction known, Moment now, long spentMs) {
        if (known.timeoutMs() == Transaction.NO_TIMEOUT) {
            return NEVER;
        }
        return now.monotonicMs() + known.timeoutMs() - Math.clamp(spentMs, 0, known.timeoutMs());
    }

    @Override
    public void apply(TransactionStep step, long firstOffset) {
        put(step.id(), step.next());
    }

    private void put(String id, @Nullable Entry entry) {
        if (entry == null) {
            entries.remove(id);
        } else {
            entries.put(id, entry);
        }
    }

    private TransactionStep to(Transaction next, long deadlineMs) {
        return new TransactionStep(next.id(), new Entry(next, false, false, deadlineMs))
                .record(TransactionRecord.of(next, config.get().recordVersion()));
    }

    private TransactionStep unchanged(String id) {
        return new TransactionStep(id, entries.get(id));
    }

    private TransactionStep refused(String id, Errors error, Call<Outcome> call) {
        return unchanged(id).reply(call, new Outcome.Refused(error));
    }
}
