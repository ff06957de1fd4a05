package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.klamm.examples.rides.VendorInfo;
import dev.klamm.examples.rides.WindowCount;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads what the programs have written and committed, in a thread of its own. */
final class ResultsReader implements Runnable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Object> settings;
    private final StreamsTopics topics;
    private final StreamsTally tally;
    private volatile @Nullable Exception failure;
    private volatile boolean isToStop;

    ResultsReader(Map<String, Object> settings, StreamsTopics topics, StreamsTally tally) {
        this.settings = settings;
        this.topics = topics;
        this.tally = tally;
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // It starts where the topics do. An offset that is out of range later means that records were lost.
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    }

    @Override
    public void run() {
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.assign(topics.results().stream()
                    .flatMap(topic -> IntStream.range(0, topics.partitions())
                            .mapToObj(partition -> new TopicPartition(topic, partition)))
                    .toList());
            consumer.assignment().forEach(partition -> consumer.seek(partition, 0));
            while (!isToStop) {
                consumer.poll(POLL).forEach(this::take);
            }
        } catch (KafkaException e) {
            failure = e;
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> result) {
        if (result.topic().equals(topics.counts())) {
            int zone = Integer.parseInt(new String(result.key(), UTF_8));
            tally.takeCount(zone, ByteBuffer.wrap(result.value()).getLong());
        } else if (result.topic().equals(topics.pairs())) {
            tally.takePair(VendorInfo.fromJson(new String(result.value(), UTF_8)));
        } else {
            tally.takeWindow(WindowCount.fromJson(new String(result.value(), UTF_8)));
        }
    }

    void stop() {
        isToStop = true;
    }

    /** Why it gave up; null if it did not. */
    @Nullable
    Exception failure() {
        return failure;
    }
}
