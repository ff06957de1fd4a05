package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * Where one situation is played on one broker: topics, producers and names that no other situation has, the eyes that see
 * what is there, and the notes of it all.
 */
final class Stage implements AutoCloseable {
    private static final Set<TransactionState> ENDING = Set.of(
            TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT, TransactionState.PREPARE_EPOCH_FENCE);
    private static final int OFFSET_FETCH_VERSION = 9;

    private static final Set<Errors> PASSING = Set.of(
            Errors.NOT_COORDINATOR,
            Errors.COORDINATOR_NOT_AVAILABLE,
            Errors.COORDINATOR_LOAD_IN_PROGRESS,
            Errors.CONCURRENT_TRANSACTIONS);

    private final Side side;
    private final int number;
    private final Wire wire;
    private final Notes notes = new Notes();
    private final Map<String, Integer> topics = new HashMap<>();
    private final Set<String> transactionalIds = new LinkedHashSet<>();
    private final List<AutoCloseable> closing = new ArrayList<>();

    Stage(Side side, int number) {
        this.side = side;
        this.number = number;
        wire = keep(new Wire(bootstrapServers()));
    }

    Notes notes() {
        return notes;
    }

    Admin admin() {
        return side.admin();
    }

    Wire wire() {
        return wire;
    }

    String bootstrapServers() {
        return side.broker().bootstrapServers();
    }

    /** The same on both brokers, and of this situation only. */
    String name(String what) {
        return what + "-" + number;
    }

    void note(String what, Callable<?> action) {
        notes.write(what, action);
    }

    /** Notes an answer that names errors; asks again while it names one that passes, as every client does. */
    void noteAnswer(String what, Supplier<String> question) {
        note(
                what,
                () -> Eventually.await(
                        what, question, answer -> PASSING.stream().noneMatch(error -> answer.contains(error.name()))));
    }

    /** Partition 0 of a topic that has only that one. */
    TopicPartition partition(String topic) {
        return topic(topic, 1, Map.of()).getFirst();
    }

    /** All partitions of a new topic. */
    List<TopicPartition> topic(String topic, int partitions, Map<String, String> config) {
        String name = name(topic);
        Reference.get(admin().createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
                .all());
        return knows(name, partitions);
    }

    /** Has {@link #reads} look at so many partitions of it; waits until the broker leads them. */
    List<TopicPartition> knows(String name, int partitions) {
        topics.put(name, partitions);
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(name, partition))
                .toList();
        Eventually.await(name + " to be led", () -> isLed(all), isLed -> isLed);
        return all;
    }

    private boolean isLed(List<TopicPartition> partitions) {
        try {
            admin().listOffsets(partitions.stream().collect(toMap(Function.identity(), _ -> OffsetSpec.latest())))
                    .all()
                    .get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }

    void forgets(TopicPartition partition) {
        topics.remove(partition.topic());
    }

    /** A producer called so in the notes, of the situation's one transactional id. */
    NotedProducer producer(String called) {
        return producer(called, "tx", Map.of());
    }

    NotedProducer producer(String called, String transactionalId, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("transactional.id", transactionalId(transactionalId));
        return keep(new NotedProducer(called, config, this));
    }

    /** As of a producer that has no consumer: of no member and no generation. */
    ConsumerGroupMetadata group(String group) {
        return group(group, -1, "", Optional.empty());
    }

    @SuppressWarnings("removal")
    ConsumerGroupMetadata nameless() {
        return new ConsumerGroupMetadata("");
    }

    /** As of any member, right or wrong: the constructor is the only way to say what no consumer would. */
    @SuppressWarnings("removal")
    ConsumerGroupMetadata group(String group, int generation, String member, Optional<String> instance) {
        return new ConsumerGroupMetadata(name(group), generation, member, instance);
    }

    /** One without transactions, but idempotent. */
    NotedProducer plainProducer(String called) {
        return keep(new NotedProducer(called, Map.of(), this));
    }

    /** Its full name; {@link #settle} waits for what was begun in it. */
    String transactionalId(String id) {
        transactionalIds.add(name(id));
        return name(id);
    }

    /** Closes it when the situation is over. */
    <T extends AutoCloseable> T keep(T client) {
        closing.add(client);
        return client;
    }

    /** Waits until no transaction is between its end and its markers, as it may be when Kafka has answered. */
    void settle() {
        for (String id : transactionalIds) {
            Eventually.await(id + " to have ended", () -> state(id), state -> !ENDING.contains(state));
        }
    }

    /** Waits until the broker has aborted what the producers have left open for too long. */
    void awaitTimeOut() {
        for (String id : transactionalIds) {
            Eventually.await(id + " to be aborted", () -> state(id), state -> state == TransactionState.COMPLETE_ABORT);
        }
    }

    /** UNKNOWN for an id that the broker does not know. */
    TransactionState state(String id) {
        try {
            return describe(id).state();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TransactionalIdNotFoundException) {
                return TransactionState.UNKNOWN;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }

    private TransactionDescription describe(String id) throws ExecutionException, InterruptedException {
        return admin().describeTransactions(List.of(id)).description(id).get();
    }

    /** Notes what the coordinator says of each transactional id of the situation. */
    void describes() {
        settle();
        for (String id : transactionalIds) {
            note(id + " is", () -> {
                TransactionDescription it = describe(id);
                List<TopicPartition> partitions = it.topicPartitions().stream()
                        .sorted(Comparator.comparing(TopicPartition::toString))
                        .toList();
                return it.state() + ", epoch " + it.producerEpoch() + ", times out after " + it.transactionTimeoutMs()
                        + ", " + (it.transactionStartTimeMs().isPresent() ? "begun" : "not begun") + ", in "
                        + partitions + ", coordinator " + it.coordinatorId();
            });
        }
    }

    /** Notes all records that both kinds of readers find in the situation's topics, and where they find the end. */
    void reads() {
        settle();
        topics.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .flatMap(topic -> IntStream.range(0, topic.getValue())
                        .mapToObj(partition -> new TopicPartition(topic.getKey(), partition)))
                .forEach(partition -> {
                    for (IsolationLevel isolation : IsolationLevel.values()) {
                        reads(partition, isolation, 0);
                    }
                });
    }

    void reads(TopicPartition partition, IsolationLevel isolation, long from) {
        note(isolation + " reads " + partition + " from " + from, () -> {
            var reader = requireNonNull(side.readers().get(isolation));
            reader.assign(List.of(partition));
            long end = requireNonNull(reader.endOffsets(List.of(partition)).get(partition));
            reader.seek(partition, from);
            List<String> found = new ArrayList<>();
            Eventually.await(
                    partition + " to be read up to " + end,
                    () -> {
                        reader.poll(Duration.ofMillis(20))
                                .forEach(record -> found.add(record.offset() + "=" + record.value()));
                        return reader.position(partition);
                    },
                    position -> position >= end);
            return found + ", end " + end + ", position " + reader.position(partition);
        });
    }

    /** Notes who writes to a partition, as its log knows them, in the order in which their transactions began. */
    void producersOf(TopicPartition partition) {
        settle();
        note(
                "producers of " + partition,
                () ->
                        admin()
                                .describeProducers(List.of(partition))
                                .partitionResult(partition)
                                .get()
                                .activeProducers()
                                .stream()
                                .sorted(Comparator.comparingLong(ProducerState::producerId))
                                .map(it -> "epoch " + it.producerEpoch() + ", last sequence " + it.lastSequence()
                                        + ", coordinator epoch " + it.coordinatorEpoch() + ", begun at "
                                        + it.currentTransactionStartOffset())
                                .toList());
    }

    /** Notes the committed offset of a partition: the last that is certain, and whether another is pending. */
    void committed(String group, TopicPartition partition) {
        settle();
        for (boolean isStable : List.of(false, true)) {
            noteAnswer((isStable ? "stable offset of " : "offset of ") + group + " for " + partition, () -> {
                var topic = new OffsetFetchRequestData.OffsetFetchRequestTopics()
                        .setName(partition.topic())
                        .setPartitionIndexes(List.of(partition.partition()));
                var request = new OffsetFetchRequestData()
                        .setRequireStable(isStable)
                        .setGroups(List.of(
                                new OffsetFetchRequestGroup().setGroupId(group).setTopics(List.of(topic))));
                var answer = wire().ask(request, OFFSET_FETCH_VERSION, new OffsetFetchResponseData())
                        .groups()
                        .getFirst();
                if (answer.errorCode() != 0) {
                    return Errors.forCode(answer.errorCode()).toString();
                }
                var offset = answer.topics().getFirst().partitions().getFirst();
                return offset.committedOffset() + " \"" + offset.metadata() + "\" "
                        + Errors.forCode(offset.errorCode());
            });
        }
    }

    @Override
    public void close() {
        for (AutoCloseable client : closing.reversed()) {
            try {
                client.close();
            } catch (Exception e) {
                throw new AssertionError("a client of the situation could not be closed", e);
            }
        }
    }
}
