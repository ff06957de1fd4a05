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
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;

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
    /** How often InitProducerId is taken up again after the transaction that was open has been aborted. */
    private static final int INITIALIZING_TRIES = 3;

    private final Topics topics;
    private final Markers markers;
    private final Ends ends;
    private final TransactionPartitions byId;

    public TransactionCoordinator(Topics topics, Logs logs, OffsetMarkers offsets) {
        this.topics = topics;
        this.markers = new Markers(topics, offsets);
        this.ends = new Ends(topics, logs, this::config, markers);
        this.byId = ends.partitions();
    }

    /** As it is now: some of it can be changed while the broker runs. */
    private TransactionConfig config() {
        return TransactionConfig.of(topics.config(), topics.features().level(Feature.TRANSACTION));
    }

    /** Begins to read what is recorded, behind the first requests, so that what is unfinished ends though nobody asks. */
    public void start() {
        ends.start();
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
            Outcome outcome = ends.take(
                    partition,
                    (transactions, unusedId, call, now) -> transactions.initialize(request, unusedId, call, now));
            switch (outcome) {
                case Outcome.Prepared prepared -> ends.finish(partition, prepared.transaction());
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
                : verifyUnsynced(transactionalId, new TransactionalProducer(producerId, producerEpoch), partitions);
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

    private Errors verifyUnsynced(
            String transactionalId, TransactionalProducer producer, Collection<TopicPartition> wanted)
            throws InterruptedException {
        Optional<Partition> found = byId.of(transactionalId);
        return found.isEmpty()
                ? Errors.NOT_COORDINATOR
                : found.get()
                        .shell()
                        .readUnsynced(
                                transactions -> wanted.stream()
                                        .map(partition -> transactions.verify(transactionalId, producer, partition))
                                        .filter(error -> error != Errors.NONE)
                                        .findFirst()
                                        .orElse(Errors.NONE),
                                Function.identity());
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
        Outcome outcome = ends.take(
                partition,
                (transactions, unusedId, call, now) -> transactions.end(transactionalId, request, unusedId, call, now));
        if (outcome instanceof Outcome.Prepared prepared) {
            ends.finish(partition, prepared.transaction());
            outcome = prepared.answer();
        }
        return switch (outcome) {
            case Outcome.Done(long id, short epoch)
            when partition.shell().awaitSynced() -> new Ended(Errors.NONE, id, epoch);
            case Outcome.Refused(Errors error) -> Ended.refused(error);
            default -> Ended.refused(Errors.COORDINATOR_NOT_AVAILABLE);
        };
    }

    /** Writes a marker on behalf of an administrator; empty if there is no such partition. Does not wait for the disk. */
    public Optional<AppendResult> writeMarker(TopicPartition partition, EndTransaction marker) {
        return markers.write(partition, marker);
    }

    /** DescribeTransactions of one of them. */
    public DescribeTransactionsResponseData.TransactionState describeTransaction(String transactionalId)
            throws InterruptedException {
        return new Listings(byId).describe(transactionalId);
    }

    public ListTransactionsResponseData listTransactions(ListTransactionsRequestData request)
            throws InterruptedException {
        return new Listings(byId).list(request);
    }

    /** Topics were deleted: what is known of transactions goes with the one that records it. */
    public void topicsDeleted() {
        byId.forgetDeleted();
    }

    /** Ends no transaction any more that nobody asks to end; the next start does. */
    @Override
    public void close() {
        ends.close();
    }
}
