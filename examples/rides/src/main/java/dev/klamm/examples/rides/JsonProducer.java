package dev.klamm.examples.rides;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes values to a topic, as JSON, without waiting for each. */
final class JsonProducer implements AutoCloseable {

    private final String topic;
    private final Producer<String, String> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    JsonProducer(String bootstrapServers, String topic) {
        this.topic = topic;
        this.producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class));
    }

    void send(int zone, Object value) {
        var _ = producer.send(
                new ProducerRecord<>(topic, String.valueOf(zone), Json.write(value)),
                (_, refusal) -> failure.compareAndSet(null, refusal));
    }

    /** Waits until all is safe. @throws IllegalStateException if something is not, by the first that was refused */
    void flush() {
        producer.flush();
        Exception refusal = failure.get();
        if (refusal != null) {
            throw new IllegalStateException("not all was sent: " + refusal.getMessage(), refusal);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
