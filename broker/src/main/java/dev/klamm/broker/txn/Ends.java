package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionPartitions.Partition;
import dev.klamm.log.Logs;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How transactions end: whoever has it decided writes the markers and records that the end is complete, as a rule the thread of
 * EndTxn. What nobody asks for (a transaction that takes too long, one that a broker left unfinished, markers that could not be
 * written) is done by threads of its own, one for each.
 */
final class Ends implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ends.class);

    private final Topics topics;
    private final Markers markers;
    private final TransactionPartitions partitions;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("ending transactions ", 0).factory());
    private volatile boolean isStopped;

    Ends(Topics topics, Logs logs, Supplier<TransactionConfig> config, Markers markers) {
        this.topics = topics;
        this.markers = markers;
        this.partitions = new TransactionPartitions(topics, logs, config, this::overdue);
    }

    TransactionPartitions partitions() {
        return partitions;
    }

    /** Begins to read what is recorded, behind the first requests. */
    void start() {
        threads.execute(this::load);
    }

    private void load() {
        try {
            for (Partition partition : partitions.all()) {
                if (!isStopped && hasRecords(partition)) {
                    partition.shell().load();
                }
            }
        } catch (InterruptedException stopped) {
            LOG.debug("transactions are not loaded any more, the broker stops");
        }
    }

    /** What can't be read keeps none behind it from being loaded. */
    private static boolean hasRecords(Partition partition) {
        try {
            return partition.log().logStartOffset() < partition.log().logEndOffset();
        } catch (UncheckedIOException unreadable) {
            LOG.error(
                    "Transactions that {} tells of don't end: {}",
                    partition.log().id(),
                    unreadable.getMessage());
            return false;
        }
    }

    /** What a request makes of the transactional ids of a partition; {@code unusedId} is -1 if none was needed so far. */
    interface Plan {
        TransactionStep step(Transactions transactions, long unusedId, Call<Outcome> call, Moment now);
    }

    /** Takes the step that is planned, with a producer id that nobody has if it needs one. Does not wait for the disk. */
    Outcome take(Partition partition, Plan plan) throws InterruptedException {
        Outcome outcome = partition.outcome(
                (transactions, call, now) -> plan.step(transactions, Transaction.NO_PRODUCER_ID, call, now));
        if (!(outcome instanceof Outcome.NeedsProducerId)) {
            return outcome;
        }
        try {
            long unusedId = topics.nextProducerId();
            return partition.outcome((transactions, call, now) -> plan.step(transactions, unusedId, call, now));
        } catch (KafkaStorageException e) {
            LOG.warn("There is no producer id to be had: {}", e.getMessage());
            return new Outcome.Refused(Errors.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /**
     * Writes the markers of an end that is decided, and records that it is complete; what can't be done now is done later. To be
     * called by whoever got {@link Outcome.Prepared}.
     */
    void finish(Partition partition, Transaction prepared) throws InterruptedException {
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

    /** Told by the state machine under its lock: hence a thread of its own. */
    private void overdue(String transactionalId) {
        try {
            threads.execute(() -> endOverdue(transactionalId));
        } catch (RejectedExecutionException stopped) {
            LOG.debug("the transaction of {} ends after the next start", transactionalId);
        }
    }

    private void endOverdue(String transactionalId) {
        try {
            Optional<Partition> found = partitions.of(transactionalId);
            if (found.isPresent() && !isStopped) {
                endOverdue(found.get(), transactionalId);
            }
        } catch (InterruptedException stopped) {
            LOG.debug("the transaction of {} ends after the next start", transactionalId);
        }
    }

    private void endOverdue(Partition partition, String transactionalId) throws InterruptedException {
        Outcome outcome = take(
                partition,
                (transactions, unusedId, call, now) -> transactions.endOverdue(transactionalId, unusedId, call, now));
        if (outcome instanceof Outcome.Prepared(Transaction transaction, Outcome.Done answer)) {
            String end = transaction.isCommit() ? "committed" : "aborted";
            LOG.info("The transaction of {} is {}: its producer did not end it in time", transactionalId, end);
            finish(partition, transaction);
        }
    }

    /** Waits for what has been begun, so that nobody writes to logs that are closed. */
    @Override
    public void close() {
        isStopped = true;
        partitions.close();
        threads.close();
    }
}
