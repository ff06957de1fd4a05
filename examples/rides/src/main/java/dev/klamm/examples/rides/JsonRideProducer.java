package dev.klamm.examples.rides;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes the rides of a CSV file to a topic, as JSON. The key is the drop-off zone, so that all rides to one zone are in
 * one partition, in order.
 */
public final class JsonRideProducer implements AutoCloseable {

    private final String topic;
    private final Producer<String, String> producer;

    public JsonRideProducer(String bootstrapServers, String topic) {
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

    /** Sends a ride and waits until it is safe: one at a time, the simple and slow way. Returns where it went. */
    public RecordMetadata send(Ride ride) throws InterruptedException, ExecutionException {
        return producer.send(record(ride)).get();
    }

    /**
     * Sends all rides without waiting for each: the callback hears what became of one, later, in another thread.
     *
     * @return how many were acknowledged
     */
    public int sendAll(List<Ride> rides) {
        var acknowledged = new AtomicInteger();
        for (Ride ride : rides) {
            var _ = producer.send(record(ride), (where, failure) -> {
                if (failure == null) {
                    acknowledged.incrementAndGet();
                } else {
                    System.err.println("not sent: " + ride + ": " + failure.getMessage());
                }
            });
        }
        producer.flush();
        return acknowledged.get();
    }

    private ProducerRecord<String, String> record(Ride ride) {
        return new ProducerRecord<>(topic, String.valueOf(ride.dropoffZone()), ride.toJson());
    }

    @Override
    public void close() {
        producer.close();
    }

    /** Reads a file in the style of the course's rides.csv. */
    public static List<Ride> read(Path csv) throws IOException {
        try (Stream<String> lines = Files.lines(csv)) {
            return lines.skip(1).map(Ride::fromCsv).toList();
        }
    }

    /** Arguments: CSV file, {@code sync} or {@code async}, topic, bootstrap servers; all but the first may be left out. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        List<Ride> rides = read(Path.of(args[0]));
        boolean isSync = args.length < 2 || args[1].equals("sync");
        String topic = args.length < 3 ? "rides" : args[2];
        String bootstrapServers = args.length < 4 ? "localhost:9092" : args[3];
        try (var producer = new JsonRideProducer(bootstrapServers, topic)) {
            if (isSync) {
                for (Ride ride : rides) {
                    RecordMetadata where = producer.send(ride);
                    System.out.println(where + " " + ride.toJson());
                }
            } else {
                System.out.println(producer.sendAll(rides) + " of " + rides.size() + " rides acknowledged");
            }
        }
    }
}
