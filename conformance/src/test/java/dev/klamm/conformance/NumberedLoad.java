package dev.klamm.conformance;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.jspecify.annotations.Nullable;

/**
 * An idempotent producer with {@code acks=all} that numbers the records of each partition from 0. It alone writes to the
 * topic, and never gives up: so a record's number must be its offset, whatever happens to the broker on the way.
 */
final class NumberedLoad implements AutoCloseable {
    private static final int MOST_IN_FLIGHT = 500;

    private final String topic;
    private final long[] next;
    private final KafkaProducer<byte[], Long> producer;
    private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable String> violation = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean isStopped;

    NumberedLoad(String bootstrapServers, String topic, int partitions) {
        this.topic = topic;
        next = new long[partitions];
        Map<String, Object> config = Map.of(
                "bootstrap.servers", bootstrapServers,
                "acks", "all",
                "enable.idempotence", true,
                "linger.ms", 1,
                "retry.backoff.ms", 20,
                "reconnect.backoff.max.ms", 100,
                "delivery.timeout.ms", 300_000);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new LongSerializer());
        thread = Thread.ofPlatform().name("load").start(this::send);
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** What contradicts the promise, or null. */
    @Nullable
    String violation() {
        return violation.get();
    }

    /** Sends no more, and waits until all that was sent is acknowledged. */
    long finish() {
        isStopped = true;
        try {
            thread.join();
            inFlight.acquire(MOST_IN_FLIGHT);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for acknowledgements", e);
        }
        return acknowledged.get();
    }

    @Override
    public void close() {
        isStopped = true;
        producer.close(Duration.ZERO);
    }

    private void send() {
        for (int partition = 0; !isStopped; partition = (partition + 1) % next.length) {
            inFlight.acquireUninterruptibly();
            long number = next[partition]++;
            var _ = producer.send(
                    new ProducerRecord<>(topic, partition, null, number),
                    (metadata, failure) -> acknowledge(number, metadata, failure));
        }
    }

    private void acknowledge(long number, RecordMetadata metadata, @Nullable Exception failure) {
        if (failure != null) {
            violation.compareAndSet(null, "record " + number + " failed: " + failure);
        } else if (metadata.hasOffset() && metadata.offset() != number) {
            violation.compareAndSet(null, "record " + number + " got offset " + metadata);
        }
        acknowledged.incrementAndGet();
        inFlight.release();
    }
}
