package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Thin, all the way through, with Kafka's own clients. */
@Timeout(60)
class ProduceAndFetchTest {
    private static final int COUNT = 1_000;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    private Producer<String, String> producer(String... settings) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private Consumer<String, String> consumer(String groupId) {
        Map<String, Object> config = new HashMap<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "group.id", groupId, "auto.offset.reset", "earliest"));
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private void produce(String topic) throws Exception {
        try (var producer = producer("acks", "all", "linger.ms", "5")) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, "key " + i % 7, "value " + i)));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private List<String> consume(String topic, String groupId, int count) {
        List<String> values = new ArrayList<>();
        try (var consumer = consumer(groupId)) {
            consumer.subscribe(List.of(topic));
            while (values.size() < count) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    values.add(record.value());
                }
            }
            consumer.commitSync();
        }
        return values;
    }

    private static List<String> values() {
        return IntStream.range(0, COUNT).mapToObj(i -> "value " + i).toList();
    }

    @Test
    void whatIsProducedIsConsumedByAGroup() throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic("rides", 3, (short) 1)))
                .all()
                .get();
        produce("rides");

        assertThat(consume("rides", "counters", COUNT)).containsExactlyInAnyOrderElementsOf(values());
    }

    @Test
    void recordsAndCommittedOffsetsSurviveACleanRestart() throws Exception {
        produce("rides");
        consume("rides", "counters", COUNT);
        broker.restart();
        produce("rides");

        assertThat(consume("rides", "counters", COUNT)).containsExactlyElementsOf(values());
        assertThat(consume("rides", "others", 2 * COUNT)).hasSize(2 * COUNT);
    }

    @Test
    void recordsAndCommittedOffsetsSurviveAKill() throws Exception {
        produce("rides");
        consume("rides", "counters", COUNT);
        broker.kill();
        broker.start();
        produce("rides");

        assertThat(consume("rides", "counters", COUNT)).containsExactlyElementsOf(values());
        assertThat(consume("rides", "others", 2 * COUNT)).hasSize(2 * COUNT);
    }
}
