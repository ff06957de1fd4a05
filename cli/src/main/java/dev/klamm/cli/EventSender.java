package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.klamm.cli.RideEvents.Event;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Sends pickups and rides in the order of their times, in a thread of its own; and behind all of them the {@link EndMarks},
 * by which the programs' results are known to be complete. Durable and patient as {@link RideSender}.
 */
final class EventSender implements Runnable {

    private static final long LONGEST_NAP_NANOS = 50_000_000;

    private final Map<String, Object> settings;
    private final StreamsTopics topics;
    private final RideSource rides;
    private final Pace pace;
    private final EndMarks marks;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean isToStop;
    private volatile boolean isDone;

    EventSender(Map<String, Object> settings, StreamsTopics topics, RideSource rides, Pace pace, EndMarks marks) {
        this.settings = settings;
        this.topics = topics;
        this.rides = rides;
        this.pace = pace;
        this.marks = marks;
        RideSender.makeDurable(settings);
    }

    @Override
    public void run() {
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            LocalDateTime end = send(producer);
            producer.flush();
            for (Ride mark : marks.behind(end)) {
                send(producer, new Event(mark, true));
                send(producer, new Event(mark, false));
            }
            producer.flush();
        } catch (KafkaException e) {
            failure.compareAndSet(null, e);
        } finally {
            isDone = true;
        }
    }

    /** Returns when the last ride ended. */
    private LocalDateTime send(Producer<byte[], byte[]> producer) {
        long start = System.nanoTime();
        var events = new RideEvents(rides.open());
        LocalDateTime first = null;
        LocalDateTime last = LocalDateTime.MIN;
        for (Event event = events.next(); event != null && failure.get() == null; event = events.next()) {
            first = first == null ? event.time() : first;
            awaitDue(start + pace.dueNanos(begun.get(), event.time(), first));
            if (isToStop && event.isPickup()) {
                events.beginNoMore();
                continue;
            }
            send(producer, event);
            begun.addAndGet(event.isPickup() ? 1 : 0);
            last = event.time();
        }
        return last;
    }

    private void awaitDue(long dueNanos) {
        for (long left = dueNanos - System.nanoTime(); left > 0 && !isToStop; left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, LONGEST_NAP_NANOS));
        }
    }

    private void send(Producer<byte[], byte[]> producer, Event event) {
        Ride ride = event.ride();
        String topic = event.isPickup() ? topics.pickups() : topics.rides();
        int zone = event.isPickup() ? ride.pickupZone() : ride.dropoffZone();
        boolean counts = !event.isPickup() && !EndMarks.isOne(zone);
        byte[] key = String.valueOf(zone).getBytes(UTF_8);
        byte[] value = event.isPickup() ? ride.toPickupJson() : ride.toJson();
        var _ = producer.send(new ProducerRecord<>(topic, key, value), (_, refusal) -> {
            if (refusal != null) {
                failure.compareAndSet(null, refusal);
            } else if (counts) {
                acknowledged.incrementAndGet();
            }
        });
    }

    /** Begins no more rides; those that are under way are still brought to their end. */
    void stop() {
        isToStop = true;
    }

    /** Whether all is sent and acknowledged, or has failed. */
    boolean isDone() {
        return isDone;
    }

    /** Rides of which at least the pickup is sent. */
    long begun() {
        return begun.get();
    }

    /** Rides that have ended, and are acknowledged. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** Why it gave up; null if it did not. */
    @Nullable
    Exception failure() {
        return failure.get();
    }
}
