package dev.klamm.conformance;

import dev.klamm.conformance.Event.Guarantee;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A producer that sends to all topics at random, some thousand records a second, and writes down what comes of it. */
final class Sender extends Actor {
    private static final int MOST_IN_FLIGHT = 300;
    private static final int MOST_AT_ONCE = 40;

    /** A history has to fit into memory, and a kill is to meet a broker with work, not one that is drowned in it. */
    private static final int LONGEST_PAUSE_MS = 40;

    private final String name;
    private final Guarantee guarantee;
    private final KillTopics topics;
    private final History history;
    private final Random random;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<LogName, Long> next = new HashMap<>();
    private final Queue<Stamp> failed = new ConcurrentLinkedQueue<>();
    private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);

    Sender(
            String name,
            Guarantee guarantee,
            String compression,
            KillTopics topics,
            History history,
            Random random,
            String bootstrapServers,
            Alarm alarm) {
        super(name, alarm);
        this.name = name;
        this.guarantee = guarantee;
        this.topics = topics;
        this.history = history;
        this.random = random;
        Map<String, Object> config = config(bootstrapServers, guarantee);
        config.put("compression.type", compression);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Settings of a producer that gives this guarantee, and comes back soon when the broker does. */
    static Map<String, Object> config(String bootstrapServers, Guarantee guarantee) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrapServers);
        config.put("acks", guarantee == Guarantee.WRITTEN ? "1" : "all");
        config.put("enable.idempotence", guarantee == Guarantee.ONCE);
        if (guarantee != Guarantee.ONCE) {
            // Each try is then one that the history knows of.
            config.put("retries", 0);
        }
        config.put("linger.ms", 2);
        config.put("retry.backoff.ms", 20);
        config.put("reconnect.backoff.max.ms", 100);
        config.put("delivery.timeout.ms", 600_000);
        config.put("max.block.ms", 300_000);
        return config;
    }

    @Override
    void step() throws InterruptedException {
        List<LogName> logs = topics.logs();
        for (int left = 1 + random.nextInt(MOST_AT_ONCE); left > 0; left--) {
            Stamp again = failed.poll();
            send(again != null ? again : stamp(logs.get(random.nextInt(logs.size()))));
        }
        pause(random.nextInt(LONGEST_PAUSE_MS));
    }

    /** Waits for the answers to all that was sent. */
    @Override
    void end() throws InterruptedException {
        boolean isAnswered = inFlight.tryAcquire(MOST_IN_FLIGHT, Program.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        producer.close(java.time.Duration.ZERO);
        if (!isAnswered) {
            throw new AssertionError(name + " got no answer for " + Program.PATIENCE);
        }
    }

    private Stamp stamp(LogName log) {
        return new Stamp(log, name, next.merge(log, 1L, Long::sum) - 1);
    }

    private void send(Stamp stamp) throws InterruptedException {
        inFlight.acquire();
        history.add(new Event.Sent(stamp, guarantee));
        var _ = producer.send(
                stamp.toSend(topics.hasTombstones(stamp.log())),
                (metadata, failure) ->
                        answered(stamp, failure == null && metadata.hasOffset() ? metadata.offset() : -1, failure));
    }

    private void answered(Stamp stamp, long offset, @Nullable Exception failure) {
        if (failure == null) {
            history.add(new Event.Acked(stamp, offset));
        } else {
            history.add(new Event.Failed(stamp, failure.toString()));
            failed.add(stamp);
        }
        inFlight.release();
    }
}
