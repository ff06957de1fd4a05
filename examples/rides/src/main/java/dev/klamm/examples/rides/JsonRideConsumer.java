package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads rides from a topic, as a member of a group. Offsets are committed after the rides have been dealt with: a member
 * that dies before gets them again, and none is lost.
 */
public final class JsonRideConsumer implements AutoCloseable {

    private final Consumer<String, String> consumer;

    public JsonRideConsumer(String bootstrapServers, String topic, String group) {
        consumer = new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG,
                group,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class));
        consumer.subscribe(List.of(topic));
    }

    /** Waits for rides, at most that long; the next call, or {@link #commit}, is the sign that they are dealt with. */
    public List<Ride> poll(Duration timeout) {
        List<Ride> rides = new ArrayList<>();
        for (ConsumerRecord<String, String> record : consumer.poll(timeout)) {
            rides.add(Ride.fromJson(record.value()));
        }
        return rides;
    }

    /** Returns when the group's offsets are stored: a member that comes later goes on behind what was polled last. */
    public void commit() {
        consumer.commitSync();
    }

    @Override
    public void close() {
        consumer.close();
    }

    /** Arguments, each of which may be left out: topic, group, bootstrap servers. Reads until ctrl-C. */
    public static void main(String[] args) {
        String topic = args.length < 1 ? "rides" : args[0];
        String group = args.length < 2 ? "rides-example" : args[1];
        String bootstrapServers = args.length < 3 ? "localhost:9092" : args[2];
        try (var consumer = new JsonRideConsumer(bootstrapServers, topic, group)) {
            while (true) {
                List<Ride> rides = consumer.poll(Duration.ofSeconds(1));
                rides.forEach(ride -> System.out.println(ride.toJson()));
                if (!rides.isEmpty()) {
                    consumer.commit();
                }
            }
        }
    }
}
