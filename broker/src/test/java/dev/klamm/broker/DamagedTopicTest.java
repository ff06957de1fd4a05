package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.topic.UnusableDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bits that turn on disk while the broker is away, as real clients see them. */
@Timeout(120)
class DamagedTopicTest {
    private static final TopicPartition RIDES = new TopicPartition("rides", 0);
    private static final int RECORDS = 10;
    private static final Duration SOON = Duration.ofSeconds(20);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("num.partitions", "1");

    /** One record a batch. */
    private void produce() throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "linger.ms", "0"),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>("rides", "ride-" + i)).get();
            }
        }
    }

    private KafkaConsumer<String, String> consumer() {
        var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringDeserializer(), new StringDeserializer());
        consumer.assign(List.of(RIDES));
        return consumer;
    }

    private void flip(String directory, double where) throws IOException {
        Path file = broker.dataDirectory().resolve(directory).resolve("00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) (bytes.length * where)] ^= 1;
        Files.write(file, bytes);
    }

    private static List<String> poll(KafkaConsumer<String, String> consumer, int count) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + SOON.toNanos();
        while (values.size() < count && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(500)).forEach(record -> values.add(record.value()));
        }
        return values;
    }

    @Test
    void aConsumerIsToldTheDamagedOffsetAndReadsWhatIsAroundIt() throws Exception {
        produce();
        broker.stop();
        flip("rides-0", 0.45);
        broker.start();

        try (var consumer = consumer()) {
            consumer.seek(RIDES, 0);
            assertThat(poll(consumer, 4)).containsExactly("ride-0", "ride-1", "ride-2", "ride-3");
            assertThatThrownBy(() -> poll(consumer, 1))
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining("corrupt message when fetching offset 4 ");
            consumer.seek(RIDES, 5);
            assertThat(poll(consumer, 5)).containsExactly("ride-5", "ride-6", "ride-7", "ride-8", "ride-9");
        }
        produce();
        assertThat(broker.admin()
                        .listOffsets(Map.of(RIDES, OffsetSpec.latest()))
                        .partitionResult(RIDES)
                        .get()
                        .offset())
                .isEqualTo(2 * RECORDS);
    }

    @Test
    void damagedMetadataStopsTheStartAndNamesItsOffsets() throws Exception {
        produce();
        broker.stop();
        flip("__cluster_metadata-0", 0.5);

        assertThatThrownBy(broker::start)
                .isInstanceOf(UnusableDirectoryException.class)
                .hasMessageContaining("The metadata log is damaged")
                .hasMessageMatching("(?s).*offsets \\d+ to \\d+ are damaged.*Put the file back from a backup.");
        flip("__cluster_metadata-0", 0.5);
        broker.start();
    }
}
