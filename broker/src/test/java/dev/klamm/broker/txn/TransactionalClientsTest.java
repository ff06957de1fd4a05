package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kafka's transactional producer and consumers that read what is committed, on a running broker. */
@Timeout(60)
class TransactionalClientsTest {
    private static final Duration POLL = Duration.ofMillis(200);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("transaction.state.log.num.partitions", "5");

    @BeforeEach
    void createTopics() throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic("rides", 3, (short) 1)))
                .all()
                .get();
    }

    @Test
    void whatIsCommittedIsSeenAndWhatIsAbortedIsNot() {
        try (var producer = producer("t")) {
            producer.initTransactions();
            for (int i = 0; i < 5; i++) {
                producer.beginTransaction();
                for (int partition = 0; partition < 3; partition++) {
                    var _ = send(producer, partition, i + "-" + partition);
                }
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }

        assertThat(committed())
                .containsExactlyInAnyOrder("0-0", "0-1", "0-2", "2-0", "2-1", "2-2", "4-0", "4-1", "4-2");
    }

    private KafkaProducer<String, String> producer(String transactionalId, String... settings) {
        var config = new java.util.HashMap<String, Object>(Map.of(
                "bootstrap.servers", broker.bootstrap(), "transactional.id", transactionalId, "max.block.ms", "20000"));
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static Future<RecordMetadata> send(KafkaProducer<String, String> producer, int partition, String value) {
        return producer.send(new ProducerRecord<>("rides", partition, null, value));
    }

    /** All that there is in the topic for who reads what is committed. */
    private List<String> committed() {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = List.of(
                    new TopicPartition("rides", 0), new TopicPartition("rides", 1), new TopicPartition("rides", 2));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            var values = new ArrayList<String>();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }
}
