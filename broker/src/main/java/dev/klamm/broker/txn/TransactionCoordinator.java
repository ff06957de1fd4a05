package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.TransactionalProducer;
import dev.klamm.broker.topic.Feature;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionPartitions.Partition;
import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog.EndTransaction;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator of all transactions. A transactional id belongs to a partition of {@code __transaction_state} by its hash.
 *
 * <p>All partitions share one journal whose losses are only ever a suffix. So a transaction ends with one sync: what is
 * decided, the markers of all partitions, and that the end is complete are appended one after the other, and the client is
 * answered when the last is on disk. A marker can't be there without the decision. What could not be appended is tried again,
 * by a thread of its own.
 *
 * <p>Every method may be called by any thread that holds no lock.
 */
public final class TransactionCoordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionCoordinator.class);

    /** How often InitProducerId is taken up again after the transaction that was open has been aborted. */
    private static final int INITIALIZING_TRIES = 3;

    private final Topics topics;
    private final Markers markers;

    private final TransactionPartitions byId;

    public TransactionCoordinator(Topics topics, Logs logs, OffsetMarkers offsets) {
        this.topics = topics;
        this.markers = new Markers(topics, offsets);
        this.byId = new TransactionPartitions(topics, logs, this::config, this::overdue);
    }

    /** As it is now: some of it can be changed while the broker runs. */
    private TransactionConfig config() {
        return TransactionConfig.of(topics.config(), topics.features().level(Feature.TRANSACTION));
    }

    /** Begins to read what is recorded, behind the first requests, so that what is unfinished ends though nobody asks. */
    public void start() {
        Thread.ofVirtual().name("loading transactions").start(this::load);
    }

    private void load() {
        try {
            for (Partition partition : byId.all()) {
                if (partition.log().logStartOffset() < partition.log().logEndOffset()) {
                    partition.shell().load();
                }
            }
        } catch (InterruptedException stopped) {
            LOG.debug("transactions are not loaded any more, the broker stops");
        }
    }

    /** What a producer is to use from now on, or why not. */
    public record Initialized(Errors error, long producerId, short producerEpoch) {
        static Initialized refused(Errors error) {
            return new Initialized(error, Transaction.NO_PRODUCER_ID, Transaction.NO_EPOCH);
        }
    }

    /** A producer's id and epoch. */
    public record ProducerIdAndEpoch(long producerId, short producerEpoch) {}

    /**
     * InitProducerId with a transactional id.
     *
     * @param isTwoPhase whether the transaction is to have no time-out, as part of one that another coordinator ends (KIP-939)
     * @param keepsPrepared whether it is to go on with what is prepared, which Kafka 4.3 refuses, too
     * @param expected what the producer has by now, if it goes on after an error (KIP-360)
     */
    public Initialized initProducerId(
            String transactionalId,
            int timeoutMs,
            boolean isTwoPhase,
            boolean keepsPrepared,
            Optional<ProducerIdAndEpoch> expected)
            throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Initialized.refused(Errors.INVALID_REQUEST);
        }
        if (isTwoPhase && !config().allowsTwoPhaseCommit()) {
            return Initialized.refused(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        if (keepsPrepared) {
            return Initialized.refused(Errors.UNSUPPORTED_VERSION);
        }
        if (!isTwoPhase && (timeoutMs <= 0 || timeoutMs > config().maxTimeoutMs())) {
            return Initialized.refused(Errors.INVALID_TRANSACTION_TIMEOUT);
        }
        var request = new Initializing(
                transactionalId,
                isTwoPhase ? Transaction.NO_TIMEOUT : timeoutMs,
                expected.map(e -> new Initializing.Expected(e.producerId(), e.producerEpoch())));
        Partition partition = byId.ofCreated(transactionalId);
        return initialize(partition, request);
    }

    /** Differs from Kafka: which aborts what is open, and lets the client ask again for the rest. */
    private Initialized initialize(Partition partition, Initializing request) throws InterruptedException {
        for (int i = 0; i < INITIALIZING_TRIES; i++) {
            Outcome outcome = withUnusedId(unusedId -> partition.outcome(
                    (transactions, call, now) -> transactions.initialize(request, unusedId, call, now)));
            switch (outcome) {
                case Outcome.Prepared prepared -> finish(partition, prepared.transaction());
                case Outcome.Done(long producerId, short epoch) -> {
                    return partition.shell().awaitSynced()
                            ? new Initialized(Errors.NONE, producerId, epoch)
                            : Initialized.refused(Errors.COORDINATOR_NOT_AVAILABLE);
                }
                case Outcome.Refused(Errors error) -> {
                    return Initialized.refused(error);
                }
                case Outcome.NeedsProducerId needs -> {
                    return Initialized.refused(Errors.COORDINATOR_NOT_AVAILABLE);
                }
            }
        }
        return Initialized.refused(Errors.CONCURRENT_TRANSACTIONS);
    }

    private interface WithUnusedId {
        Outcome apply(long unusedId) throws InterruptedException;
    }

    /** Most steps need no producer id that is unused, and none is taken before one does. */
    private Outcome withUnusedId(WithUnusedId step) throws InterruptedException {
        Outcome outcome = step.apply(Transaction.NO_PRODUCER_ID);
        if (!(outcome instanceof Outcome.NeedsProducerId)) {
            return outcome;
        }
        try {
            return step.apply(topics.nextProducerId());
        } catch (KafkaStorageException e) {
            LOG.warn("There is no producer id to be had: {}", e.getMessage());
            return new Outcome.Refused(Errors.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /**
     * AddPartitionsToTxn and AddOffsetsToTxn of clients. On disk when it returns.
     *
     * @param partitions that exist
     * @param version the client's transaction version
     */
    public Errors addPartitions(
            String transactionalId, long producerId, short producerEpoch, Set<TopicPartition> partitions, short version)
            throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Errors.INVALID_REQUEST;
        }
        Optional<Partition> found = byId.of(transactionalId);
        if (found.isEmpty()) {
            return Errors.NOT_COORDINATOR;
        }
        Errors error = add(found.get(), transactionalId, producerId, producerEpoch, partitions, version);
        return error != Errors.NONE || found.get().shell().awaitSynced() ? error : Errors.COORDINATOR_NOT_AVAILABLE;
    }

    private static Errors add(
            Partition partition,
            String transactionalId,
            long producerId,
            short producerEpoch,
            Set<TopicPartition> partitions,
            short version)
            throws InterruptedException {
        var producer = new TransactionalProducer(producerId, producerEpoch);
        return partition
                .shell()
                .callUnsynced(
                        (transactions, call, now) ->
                                transactions.add(transactionalId, producer, partitions, version, call, now),
                        Function.identity());
    }

    /**
     * Before a write that would begin a transaction in these partitions: whether they are part of it. That they are is in the
     * journal before the write can be, so nobody waits for the disk here.
     *
     * @param mayAdd whether the write itself adds them (transaction version 2), or the client has to have done so
     * @return NONE; or, as Kafka's producers expect it, INVALID_PRODUCER_EPOCH if the producer is fenced; TRANSACTION_ABORTABLE if
     *     one of them is not part of the transaction; CONCURRENT_TRANSACTIONS if the transaction before is still ending;
     *     INVALID_PRODUCER_ID_MAPPING; or an error of coordinators
     */
    public Errors addOrVerify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            boolean mayAdd)
            throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Errors.INVALID_REQUEST;
        }
        if (!mayAdd && !config().verifiesPartitions()) {
            return Errors.NONE;
        }
        Errors error = mayAdd
                ? addUnsynced(transactionalId, producerId, producerEpoch, Set.copyOf(partitions))
                : verifyPartitions(transactionalId, producerId, producerEpoch, partitions).values().stream()
                        .findFirst()
                        .orElse(Errors.NONE);
        return error == Errors.PRODUCER_FENCED ? Errors.INVALID_PRODUCER_EPOCH : error;
    }

    private Errors addUnsynced(String transactionalId, long producerId, short producerEpoch, Set<TopicPartition> added)
            throws InterruptedException {
        Optional<Partition> found = byId.of(transactionalId);
        return found.isEmpty()
                ? Errors.NOT_COORDINATOR
                : add(
                        found.get(),
                        transactionalId,
                        producerId,
                        producerEpoch,
                        added,
                        Transaction.FIRST_VERSION_WITH_EPOCH_BUMP);
    }

    /** Returns those that are not part of the producer's transaction, each with why; the errors are those of AddPartitionsToTxn. */
    public Map<TopicPartition, Errors> verifyPartitions(
            String transactionalId, long producerId, short producerEpoch, Collection<TopicPartition> wanted)
            throws InterruptedException {
        Optional<Partition> found = byId.of(transactionalId);
        if (transactionalId.isEmpty() || found.isEmpty()) {
            Errors error = transactionalId.isEmpty() ? Errors.INVALID_REQUEST : Errors.NOT_COORDINATOR;
            return wanted.stream().collect(Collectors.toMap(p -> p, _ -> error));
        }
        var producer = new TransactionalProducer(producerId, producerEpoch);
        return found.get()
                .shell()
                .read(
                        transactions -> errors(wanted, p -> transactions.verify(transactionalId, producer, p)),
                        error -> errors(wanted, _ -> error));
    }

    private static Map<TopicPartition, Errors> errors(
            Collection<TopicPartition> partitions, Function<TopicPartition, Errors> errorOf) {
        var errors = new HashMap<TopicPartition, Errors>();
        for (TopicPartition partition : partitions) {
            Errors error = errorOf.apply(partition);
            if (error != Errors.NONE) {
                errors.put(partition, error);
            }
        }
        return errors;
    }

    /** How a transaction ended, and what its producer goes on with; -1 and -1 before version 2. */
    public record Ended(Errors error, long producerId, short producerEpoch) {
        static Ended refused(Errors error) {
            return new Ended(error, Transaction.NO_PRODUCER_ID, Transaction.NO_EPOCH);
        }
    }

    /**
     * EndTxn. On disk when it returns, with all its markers as a rule.
     *
     * @param version the client's transaction version
     */
    public Ended endTransaction(
            String transactionalId, long producerId, short producerEpoch, boolean isCommit, short version)
            throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Ended.refused(Errors.INVALID_REQUEST);
        }
        Optional<Partition> found = byId.of(transactionalId);
        if (found.isEmpty()) {
            return Ended.refused(Errors.NOT_COORDINATOR);
        }
        Partition partition = found.get();
        var request = new Ending(producerId, producerEpoch, isCommit, version);
        Outcome outcome = withUnusedId(unusedId -> partition.outcome(
                (transactions, call, now) -> transactions.end(transactionalId, request, unusedId, call, now)));
        if (outcome instanceof Outcome.Prepared prepared) {
            finish(partition, prepared.transaction());
            outcome = prepared.answer();
        }
        return switch (outcome) {
            case Outcome.Done(long id, short epoch)
            when partition.shell().awaitSynced() -> new Ended(Errors.NONE, id, epoch);
            case Outcome.Refused(Errors error) -> Ended.refused(error);
            default -> Ended.refused(Errors.COORDINATOR_NOT_AVAILABLE);
        };
    }

    /** Writes the markers of an end that is decided, and records that it is complete; what can't be done now is done later. */
    private void finish(Partition partition, Transaction prepared) throws InterruptedException {
        Set<TopicPartition> failed = prepared.partitions();
        try {
            failed = markers.write(prepared, partition.log().leaderEpoch());
        } finally {
            settle(partition, prepared, failed);
        }
    }

    private static void settle(Partition partition, Transaction prepared, Set<TopicPartition> failed)
            throws InterruptedException {
        Errors error = partition
                .shell()
                .callUnsynced(
                        (transactions, call, now) -> failed.isEmpty()
                                ? transactions.complete(prepared, call, now)
                                : transactions.retryLater(prepared.lacking(failed), call, now),
                        Function.identity());
        if (error != Errors.NONE) {
            LOG.warn("The end of a transaction of {} is completed later: {}", prepared.id(), error);
        }
    }

    /** Writes a marker on behalf of an administrator; empty if there is no such partition. Does not wait for the disk. */
    public Optional<AppendResult> writeMarker(TopicPartition partition, EndTransaction marker) {
        return markers.write(partition, marker);
    }

    public DescribeTransactionsResponseData.TransactionState describeTransaction(String transactionalId)
            throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Listing.undescribed(transactionalId, Errors.INVALID_REQUEST);
        }
        Optional<Partition> found = byId.of(transactionalId);
        if (found.isEmpty()) {
            return Listing.undescribed(transactionalId, Errors.NOT_COORDINATOR);
        }
        return found.get()
                .shell()
                .read(
                        transactions -> {
                            Transaction known = transactions.find(transactionalId);
                            return known == null
                                    ? Listing.undescribed(transactionalId, Errors.TRANSACTIONAL_ID_NOT_FOUND)
                                    : Listing.described(known);
                        },
                        error -> Listing.undescribed(transactionalId, error));
    }

    public ListTransactionsResponseData listTransactions(ListTransactionsRequestData request)
            throws InterruptedException {
        var response = new ListTransactionsResponseData();
        request.stateFilters().stream()
                .filter(label -> TransactionStatus.byLabel(label).isEmpty())
                .forEach(response.unknownStateFilters()::add);
        try {
            Listing listing = Listing.of(request);
            for (Partition partition : byId.all()) {
                Errors error = list(partition, listing, response);
                if (error != Errors.NONE) {
                    return new ListTransactionsResponseData().setErrorCode(error.code());
                }
            }
            return response;
        } catch (PatternSyntaxException invalid) {
            return new ListTransactionsResponseData().setErrorCode(Errors.INVALID_REGULAR_EXPRESSION.code());
        }
    }

    private static Errors list(Partition partition, Listing listing, ListTransactionsResponseData response)
            throws InterruptedException {
        long nowMs = System.currentTimeMillis();
        return partition
                .shell()
                .read(
                        transactions -> {
                            transactions.all().stream()
                                    .filter(transaction -> listing.includes(transaction, nowMs))
                                    .map(Listing::listed)
                                    .forEach(response.transactionStates()::add);
                            return Errors.NONE;
                        },
                        Function.identity());
    }

    /** Told by the state machine under its lock: hence a thread of its own. */
    private void overdue(String transactionalId) {
        Thread.ofVirtual().name("ending " + transactionalId).start(() -> endOverdue(transactionalId));
    }

    private void endOverdue(String transactionalId) {
        try {
            Optional<Partition> found = byId.of(transactionalId);
            if (found.isPresent()) {
                endOverdue(found.get(), transactionalId);
            }
        } catch (InterruptedException stopped) {
            LOG.debug("the transaction of {} ends after the next start", transactionalId);
        }
    }

    private void endOverdue(Partition partition, String transactionalId) throws InterruptedException {
        Outcome outcome = withUnusedId(unusedId -> partition.outcome(
                (transactions, call, now) -> transactions.endOverdue(transactionalId, unusedId, call, now)));
        if (outcome instanceof Outcome.Prepared(Transaction transaction, Outcome.Done answer)) {
            String end = transaction.isCommit() ? "committed" : "aborted";
            LOG.info("The transaction of {} is {}: its producer did not end it in time", transactionalId, end);
            finish(partition, transaction);
        }
    }

    /** Topics were deleted: what is known of transactions goes with the one that records it. */
    public void topicsDeleted() {
        byId.forgetDeleted();
    }

    /** Ends no transaction any more that nobody asks to end; the next start does. */
    @Override
    public void close() {
        byId.close();
    }
}
