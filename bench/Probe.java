import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Clients that live longer than the broker: after each line "again" on standard input they say when, in milliseconds since 1970, a
 * produce and a fetch were first answered. Arguments: bootstrap address, topic; the topic's partition 0 has records.
 */
final class Probe {
    private static final Map<String, Object> BOTH = Map.of(
            "reconnect.backoff.ms", 5, "reconnect.backoff.max.ms", 5, "retry.backoff.ms", 5, "retry.backoff.max.ms", 5);

    public static void main(String[] arguments) throws Exception {
        var config = new java.util.HashMap<>(BOTH);
        config.put("bootstrap.servers", arguments[0]);
        config.put("max.block.ms", 600_000);
        config.put("delivery.timeout.ms", 600_000);
        config.put("acks", "all");
        config.put("auto.offset.reset", "earliest");
        config.put("default.api.timeout.ms", 600_000);
        var partition = new TopicPartition(arguments[1], 0);
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
                var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            do {
                var fetched = new CountDownLatch(1);
                Thread.ofPlatform().start(() -> {
                    try {
                        producer.send(new ProducerRecord<>(partition.topic(), 0, null, new byte[100]))
                                .get();
                        System.out.println("produce " + System.currentTimeMillis());
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    } finally {
                        fetched.countDown();
                    }
                });
                consumer.seek(partition, 0);
                while (consumer.poll(Duration.ofMillis(10)).isEmpty()) {}
                System.out.println("fetch " + System.currentTimeMillis());
                fetched.await();
            } while ("again".equals(input.readLine()));
        }
    }
}
