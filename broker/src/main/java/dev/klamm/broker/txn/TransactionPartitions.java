package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.CoordinatorPartition;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Which partition of {@code __transaction_state} has which transactional ids. A partition is read when it is first used. */
final class TransactionPartitions implements AutoCloseable {
    private final Topics topics;
    private final Logs logs;
    private final Supplier<TransactionConfig> config;
    private final Call<String> overdue;

    // Guards the map. Taken for a look-up alone, never while a partition is read.
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<PartitionLog, Partition> partitions = new HashMap<>();

    /** One of them; what runs its state machine, and the log below that. */
    record Partition(PartitionLog log, CoordinatorPartition<Transactions, TransactionStep> shell) {

        /** Takes the step that a request plans; does not wait for the disk. */
        Outcome outcome(CoordinatorPartition.Plan<Transactions, TransactionStep, Outcome> plan)
                throws InterruptedException {
            return shell.callUnsynced(plan, Outcome.Refused::new);
        }
    }

    /** @param overdue as in {@link Transactions} */
    TransactionPartitions(Topics topics, Logs logs, Supplier<TransactionConfig> config, Call<String> overdue) {
        this.topics = topics;
        this.logs = logs;
        this.config = config;
        this.overdue = overdue;
    }

    /** Of the topic, which is created if need be. */
    Partition ofCreated(String transactionalId) throws InterruptedException {
        while (true) { // until nobody deletes the topic between the two look-ups
            Topic topic = topics.transactionsTopic();
            Optional<Partition> found = get(topic, indexOf(transactionalId, topic.partitionCount()));
            if (found.isPresent()) {
                return found.get();
            }
        }
    }

    /** Empty if there is no topic. */
    Optional<Partition> of(String transactionalId) {
        return topic().flatMap(topic -> get(topic, indexOf(transactionalId, topic.partitionCount())));
    }

    List<Partition> all() {
        return topic().stream()
                .flatMap(topic -> IntStream.range(0, topic.partitionCount())
                        .mapToObj(i -> get(topic, i))
                        .flatMap(Optional::stream))
                .toList();
    }

    private Optional<Topic> topic() {
        return topics.byName(org.apache.kafka.common.internals.Topic.TRANSACTION_STATE_TOPIC_NAME);
    }

    /** As Kafka maps them: its files are found by it. */
    static int indexOf(String transactionalId, int partitionCount) {
        int hash = transactionalId.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitionCount;
    }

    /** Empty if the topic has been deleted. */
    private Optional<Partition> get(Topic topic, int index) {
        Optional<PartitionLog> log = topics.log(topic.id(), index);
        lock.lock();
        try {
            return log.map(l -> partitions.computeIfAbsent(l, this::newPartition));
        } finally {
            lock.unlock();
        }
    }

    private Partition newPartition(PartitionLog log) {
        return new Partition(
                log,
                new CoordinatorPartition<>(
                        log, logs, () -> new Transactions(config, overdue), List.of(Transactions::loaded)));
    }

    /** Forgets what deleted topics recorded. */
    void forgetDeleted() {
        var gone = new ArrayList<Partition>();
        lock.lock();
        try {
            partitions.values().stream().filter(this::isGone).forEach(gone::add);
            gone.forEach(partition -> partitions.remove(partition.log()));
        } finally {
            lock.unlock();
        }
        gone.forEach(partition -> partition.shell().close());
    }

    private boolean isGone(Partition partition) {
        return topics.byId(partition.log().id().topicId()).isEmpty();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            partitions.values().forEach(partition -> partition.shell().close());
        } finally {
            lock.unlock();
        }
    }
}
