package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** A member of the group that counts, in a thread of its own. It commits what it has counted. */
final class RideCounter implements Runnable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long LAST_COMMITS_MS = 5_000;

    private final Map<String, Object> settings;
    private final String topic;
    private final byte[] run;
    private final RideTally tally;
    private final CountDownLatch lastCommits;
    private volatile Map<TopicPartition, Long> lags = Map.of();
    private volatile @Nullable Exception failure;
    private volatile boolean isToStop;

    /** @param lastCommits counted down by each member: one that left earlier would disturb the others' last commit */
    RideCounter(Map<String, Object> settings, String topic, String run, RideTally tally, CountDownLatch lastCommits) {
        this.settings = settings;
        this.topic = topic;
        this.run = run.getBytes(UTF_8);
        this.tally = tally;
        this.lastCommits = lastCommits;
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // A member hears by its heartbeat that another has joined: three seconds would be long to look at.
        settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 300);
        // The group has an offset for each partition. One that is out of range means that records were lost.
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    }

    @Override
    public void run() {
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(topic));
            while (!isToStop) {
                countSome(consumer);
            }
            consumer.commitSync();
            lastCommits.countDown();
            lastCommits.await(LAST_COMMITS_MS, TimeUnit.MILLISECONDS);
        } catch (KafkaException | IOException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lastCommits.countDown();
        }
    }

    private void countSome(Consumer<byte[], byte[]> consumer) throws IOException {
        var records = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            count(record);
        }
        if (!records.isEmpty()) {
            consumer.commitAsync();
        }
        Map<TopicPartition, Long> now = new HashMap<>();
        consumer.assignment().forEach(it -> now.put(it, consumer.currentLag(it).orElse(0)));
        lags = now;
    }

    private void count(ConsumerRecord<byte[], byte[]> record) throws IOException {
        var partition = new TopicPartition(record.topic(), record.partition());
        Header ofRun = record.headers().lastHeader(RideSender.RUN);
        Header ride = record.headers().lastHeader(RideSender.RIDE);
        if (ofRun == null || ride == null || !Arrays.equals(ofRun.value(), run)) {
            tally.skip(partition, record.offset());
            return;
        }
        int number = ByteBuffer.wrap(ride.value()).getInt();
        tally.count(partition, record.offset(), number, Ride.pickupZone(record.value()));
    }

    void stop() {
        isToStop = true;
    }

    /** The partitions that are this member's, and how many records it has before it there. */
    Map<TopicPartition, Long> lags() {
        return lags;
    }

    /** Why it gave up; null if it did not. */
    @Nullable
    Exception failure() {
        return failure;
    }
}
