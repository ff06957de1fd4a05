package dev.klamm.conformance;

import dev.klamm.conformance.Event.Found;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer that reads stamps; of topics in their first life, unless it is told otherwise. For one thread. */
final class StampedConsumer implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    final KafkaConsumer<byte[], byte[]> client;
    private final int incarnation;
    private final Stamp.Reader stamps = new Stamp.Reader();
    private final Map<TopicPartition, LogName> names = new HashMap<>();

    StampedConsumer(String bootstrapServers, Map<String, Object> more, int incarnation) {
        Map<String, Object> config = new HashMap<>(Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false,
                "metadata.max.age.ms",
                1_000,
                "default.api.timeout.ms",
                300_000,
                "reconnect.backoff.max.ms",
                100));
        config.putAll(more);
        client = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.incarnation = incarnation;
    }

    static TopicPartition partition(LogName log) {
        return new TopicPartition(log.topic(), log.partition());
    }

    LogName log(TopicPartition partition) {
        return names.computeIfAbsent(partition, it -> new LogName(it.topic(), incarnation, it.partition()));
    }

    /** What has come, by log, in order; after some time also if nothing has. */
    Map<LogName, List<Found>> poll() {
        Map<LogName, List<Found>> found = new HashMap<>();
        var records = client.poll(POLL);
        for (TopicPartition partition : records.partitions()) {
            List<Found> stamped = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                stamped.add(new Found(record.offset(), stamps.read(record)));
            }
            found.put(log(partition), stamped);
        }
        return found;
    }

    @Override
    public void close() {
        client.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ZERO));
    }
}
