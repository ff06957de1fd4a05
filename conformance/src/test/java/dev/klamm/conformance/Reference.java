package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** kafka-clients in this JVM: it sets the scene for the others and tells what they have done. */
final class Reference implements AutoCloseable {
    private final String bootstrapServers;
    private final Admin admin;

    Reference(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    }

    static String newName(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** A topic that no other test knows. */
    String newTopic(int partitions) {
        String topic = newName("topic");
        get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                .all());
        return topic;
    }

    /** Waits for the acknowledgement of all of them. */
    void produce(String topic, int partition, String compression, List<Sent> records) {
        Properties config = config();
        config.put("compression.type", compression);
        List<Future<?>> sending = new ArrayList<>();
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (Sent sent : records) {
                List<Header> headers = sent.headers().entrySet().stream()
                        .<Header>map(header -> new RecordHeader(
                                header.getKey(), header.getValue().getBytes(StandardCharsets.UTF_8)))
                        .toList();
                sending.add(producer.send(new ProducerRecord<>(topic, partition, sent.key(), sent.value(), headers)));
            }
        }
        sending.forEach(Reference::get);
    }

    /** Reads each partition from its beginning until there are at least as many as wanted. */
    List<Received> read(String topic, int count) {
        return read(topic, count, "read_uncommitted");
    }

    /** The same without records of transactions that are aborted, or open. */
    List<Received> readCommitted(String topic, int count) {
        return read(topic, count, "read_committed");
    }

    private List<Received> read(String topic, int count, String isolation) {
        List<Received> records = new ArrayList<>();
        Properties config = config();
        config.put("isolation.level", isolation);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Eventually.await(
                    count + " records in " + topic,
                    () -> {
                        consumer.poll(Duration.ofMillis(100)).forEach(record -> records.add(received(record)));
                        return records.size();
                    },
                    size -> size >= count);
        }
        return records;
    }

    /** Who is in the group, by client id, with the partitions of each; empty unless there is such a group, and stable. */
    Map<String, Set<Integer>> assignments(String group) {
        var description = requireNonNull(
                admin.describeConsumerGroups(List.of(group)).describedGroups().get(group));
        try {
            var members = description.get();
            return members.groupState() == GroupState.STABLE ? shares(members) : Map.of();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Map.of();
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }

    private static Map<String, Set<Integer>> shares(ConsumerGroupDescription group) {
        return group.members().stream()
                .collect(toMap(
                        member -> member.clientId(),
                        member -> member.assignment().topicPartitions().stream()
                                .map(TopicPartition::partition)
                                .collect(toSet())));
    }

    /** Of a group of the consumer protocol. */
    int groupEpoch(String group) {
        return get(admin.describeConsumerGroups(List.of(group)).all()).values().stream()
                .findFirst()
                .flatMap(ConsumerGroupDescription::groupEpoch)
                .orElseThrow();
    }

    /** The committed offsets by partition. */
    Map<Integer, Long> committed(String group) {
        var offsets = get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        return offsets.entrySet().stream()
                .collect(toMap(
                        entry -> entry.getKey().partition(),
                        entry -> entry.getValue().offset()));
    }

    @Override
    public void close() {
        admin.close();
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }

    static Received received(ConsumerRecord<@Nullable String, @Nullable String> record) {
        Map<String, String> headers = StreamSupport.stream(record.headers().spliterator(), false)
                .collect(toMap(Header::key, header -> new String(header.value(), StandardCharsets.UTF_8)));
        return new Received(record.partition(), record.offset(), new Sent(record.key(), record.value(), headers));
    }

    static List<Sent> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> Sent.of(prefix + i)).toList();
    }

    private Properties config() {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrapServers);
        return config;
    }
}
