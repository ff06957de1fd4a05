package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends rides at their pace, in a thread of its own. The producer is idempotent and tries for a very long time, so that a
 * broker that dies and comes back gets each ride once.
 *
 * <p>Key: the drop-off zone, as text. Headers: {@code run}, which names the run of the demo, and {@code ride}, the number
 * of the ride in it, from 0, in four bytes. The record's time is now, not the pickup: a topic's retention would take
 * rides of 2020 away at once.
 */
final class RideSender implements Runnable {

    static final String RUN = "run";
    static final String RIDE = "ride";

    private static final Duration PATIENCE = Duration.ofHours(1);
    private static final long LONGEST_NAP_NANOS = 50_000_000;

    private final Map<String, Object> settings;
    private final String topic;
    private final String run;
    private final RideSource rides;
    private final Pace pace;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean isToStop;
    private volatile boolean isDone;

    RideSender(Map<String, Object> settings, String topic, String run, RideSource rides, Pace pace) {
        this.settings = settings;
        this.topic = topic;
        this.run = run;
        this.rides = rides;
        this.pace = pace;
        makeDurable(settings);
    }

    /** Settings of an idempotent producer that doesn't give up for a long time. */
    static void makeDurable(Map<String, Object> settings) {
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    }

    @Override
    public void run() {
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            send(producer);
            producer.flush();
        } catch (KafkaException e) {
            failure.compareAndSet(null, e);
        } finally {
            isDone = true;
        }
    }

    private void send(Producer<byte[], byte[]> producer) {
        long start = System.nanoTime();
        RideSource.Cursor cursor = rides.open();
        LocalDateTime first = null;
        for (Ride ride = cursor.next(); ride != null && failure.get() == null; ride = cursor.next()) {
            first = first == null ? ride.pickup() : first;
            awaitDue(start + pace.dueNanos(sent.get(), ride.pickup(), first));
            if (isToStop) {
                return;
            }
            var _ = producer.send(record(ride), (_, refusal) -> acknowledge(refusal));
            sent.incrementAndGet();
        }
    }

    private void awaitDue(long dueNanos) {
        for (long left = dueNanos - System.nanoTime(); left > 0 && !isToStop; left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, LONGEST_NAP_NANOS));
        }
    }

    private ProducerRecord<byte[], byte[]> record(Ride ride) {
        byte[] key = String.valueOf(ride.dropoffZone()).getBytes(UTF_8);
        byte[] number =
                ByteBuffer.allocate(Integer.BYTES).putInt(sent.intValue()).array();
        return new ProducerRecord<>(
                topic,
                null,
                key,
                ride.toJson(),
                List.of(new RecordHeader(RUN, run.getBytes(UTF_8)), new RecordHeader(RIDE, number)));
    }

    private void acknowledge(@Nullable Exception refusal) {
        if (refusal == null) {
            acknowledged.incrementAndGet();
        } else {
            failure.compareAndSet(null, refusal);
        }
    }

    /** Sends no more; what is sent is still brought to its end. */
    void stop() {
        isToStop = true;
    }

    /** Whether all that was sent is acknowledged or has failed. */
    boolean isDone() {
        return isDone;
    }

    long sent() {
        return sent.get();
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** Why it gave up; null if it did not. */
    @Nullable
    Exception failure() {
        return failure.get();
    }
}
