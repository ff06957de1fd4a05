package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads what a program writes, from the beginning, and makes a map of it. */
final class ResultReader<K, V, R> implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<K, V> consumer;
    private final List<TopicPartition> partitions;
    private final BiConsumer<Map<R, Long>, ConsumerRecord<K, V>> take;
    private final Map<R, Long> results = new HashMap<>();

    /** @param take puts a record into the map */
    ResultReader(
            String bootstrapServers,
            String topic,
            Deserializer<K> key,
            Deserializer<V> value,
            BiConsumer<Map<R, Long>, ConsumerRecord<K, V>> take) {
        this.take = take;
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed"), key, value);
        partitions = consumer.partitionsFor(topic).stream()
                .map(it -> new TopicPartition(topic, it.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Reads until the map is as wanted, or patience is over; the map, either way.
     *
     * @param meanwhile done now and then
     */
    Map<R, Long> await(Map<R, Long> wanted, Runnable meanwhile) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            boolean isQuiet = poll() == 0;
            if (isQuiet && results.equals(wanted)) {
                break;
            }
            meanwhile.run();
        }
        return results;
    }

    /** Reads up to the end of the topic: its writer must have stopped. */
    Map<R, Long> toEnd() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            poll();
        }
        return results;
    }

    private int poll() {
        var records = consumer.poll(POLL);
        records.forEach(record -> take.accept(results, record));
        return records.count();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
