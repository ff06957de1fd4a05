package dev.klamm.conformance;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A transaction of kafka-clients' producer that is open until somebody ends it. */
final class OpenTransaction implements AutoCloseable {
    private final String bootstrapServers;
    private final KafkaProducer<String, String> producer;

    OpenTransaction(String bootstrapServers, String id) {
        this.bootstrapServers = bootstrapServers;
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "transactional.id", id),
                new StringSerializer(),
                new StringSerializer());
        producer.initTransactions();
        producer.beginTransaction();
    }

    /** Sends a record to partition 0, and returns when it is there. */
    void send(String topic, String value) {
        Reference.get(producer.send(new ProducerRecord<>(topic, 0, null, value)));
    }

    void commitOffset(String group, String topic, long offset) {
        var settings = Map.<String, Object>of("bootstrap.servers", bootstrapServers, "group.id", group);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            producer.sendOffsetsToTransaction(
                    Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)), consumer.groupMetadata());
        }
    }

    void commit() {
        producer.commitTransaction();
    }

    void abort() {
        producer.abortTransaction();
    }

    /** Leaves it open if it is: as a producer that was killed would. */
    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
