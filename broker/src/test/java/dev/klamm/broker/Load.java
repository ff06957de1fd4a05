package dev.klamm.broker;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A producer that sends numbered records as fast as a few at a time are acknowledged, on a thread of its own, until closed. */
final class Load implements AutoCloseable {
    private static final int MAX_IN_FLIGHT = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final CompletableFuture<Void> ended;
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final AtomicLong next = new AtomicLong();
    private volatile boolean isStopping;

    /** The number of each acknowledged record, by where it is. */
    final Map<TopicPartition, Map<Long, Long>> acknowledged = new ConcurrentHashMap<>();

    final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();

    /** @param settings names and values in turn, beside those of a producer that waits for the disk and gives up soon */
    Load(RunningBroker broker, String topic, String... settings) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "delivery.timeout.ms", "3000",
                "request.timeout.ms", "2000",
                "max.block.ms", "2000",
                "metadata.max.age.ms", "200",
                "linger.ms", "0"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        this.producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
        this.ended = CompletableFuture.runAsync(this::run, Thread::startVirtualThread);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of it.
    private void run() {
        while (!isStopping) {
            inFlight.acquireUninterruptibly();
            long number = next.getAndIncrement();
            byte[] value = ByteBuffer.allocate(100).putLong(0, number).array();
            producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                inFlight.release();
                if (failure == null) {
                    TopicPartition partition = new TopicPartition(metadata.topic(), metadata.partition());
                    acknowledged
                            .computeIfAbsent(partition, _ -> new ConcurrentHashMap<>())
                            .put(metadata.offset(), number);
                } else {
                    failures.add(failure);
                }
            });
        }
    }

    /** What is sent from now on has this number or a greater one. */
    long next() {
        return next.get();
    }

    long count() {
        return acknowledged.values().stream().mapToLong(Map::size).sum();
    }

    /** The number of the record at an offset of the only partition; null if it was not acknowledged. */
    @Nullable
    Long at(long offset) {
        return acknowledged.getOrDefault(new TopicPartition(topic, 0), Map.of()).get(offset);
    }

    /** Sends no more, and waits until all that was sent has an outcome. */
    void stop() {
        isStopping = true;
        ended.join();
        producer.flush();
    }

    @Override
    public void close() {
        isStopping = true;
        ended.join();
        producer.close(PATIENCE);
    }
}
