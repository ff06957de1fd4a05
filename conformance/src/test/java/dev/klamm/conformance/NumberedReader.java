package dev.klamm.conformance;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The one member of a group that reads a {@link NumberedLoad} and commits after each poll. It may see a record again, but
 * none from before a commit that succeeded, and it may never miss one.
 */
final class NumberedReader implements AutoCloseable {
    private final String topic;
    private final KafkaConsumer<byte[], Long> consumer;
    private final Thread thread;
    private final AtomicReference<@Nullable String> violation = new AtomicReference<>();

    /** By partition: {@code committed[p] <= seen[p]}, both the number of the record that comes next. Its thread's own. */
    private final long[] committed;

    private final long[] seen;

    private volatile long total;
    private volatile boolean isStopped;

    NumberedReader(String bootstrapServers, String topic, int partitions, String group) {
        this.topic = topic;
        committed = new long[partitions];
        seen = new long[partitions];
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "group.id",
                group,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false,
                "reconnect.backoff.max.ms",
                100);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new LongDeserializer());
        thread = Thread.ofPlatform().name("reader").start(this::read);
    }

    /** How many different records it has seen. */
    long total() {
        return total;
    }

    @Nullable
    String violation() {
        return violation.get();
    }

    @Override
    public void close() {
        isStopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the reader", e);
        }
    }

    private void read() {
        try (consumer) {
            consumer.subscribe(List.of(topic));
            while (!isStopped) {
                consumer.poll(Duration.ofMillis(100)).forEach(this::check);
                commit();
            }
        } catch (RuntimeException e) {
            violation.compareAndSet(null, "the reader failed: " + e);
        }
    }

    private void check(ConsumerRecord<byte[], Long> record) {
        int partition = record.partition();
        long number = record.offset();
        if (record.value() != number) {
            violation.compareAndSet(null, "record " + record.value() + " stands at " + record);
        } else if (number > seen[partition]) {
            violation.compareAndSet(
                    null, "partition " + partition + " jumps from " + seen[partition] + " to " + number);
        } else if (number < committed[partition]) {
            violation.compareAndSet(
                    null, "partition " + partition + " goes back from " + committed[partition] + " to " + number);
        }
        seen[partition] = Math.max(seen[partition], number + 1);
        total = Arrays.stream(seen).sum();
    }

    private void commit() {
        for (TopicPartition partition : consumer.assignment()) {
            long next = seen[partition.partition()];
            if (next == committed[partition.partition()]) {
                continue;
            }
            try {
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(next)));
                committed[partition.partition()] = next;
            } catch (CommitFailedException | RetriableException e) {
                // The broker is away or has another generation by now; the next round commits as much and more.
                return;
            }
        }
    }
}
