package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Read, process, write, with plain clients: for each ride, its {@link Fare}, exactly once. What was written and how far was
 * read are one transaction: both happen, or neither.
 *
 * <p>Run it as often as there are partitions, with the same group and each with a transactional id of its own. One that comes
 * back with the id of an earlier one ends that one's open transaction, and has it refused from then on.
 */
public final class RideFares implements AutoCloseable {

    private final String fares;
    private final Consumer<String, String> consumer;
    private final Producer<String, String> producer;

    /** Takes over from whoever had this transactional id. */
    public RideFares(String bootstrapServers, String transactionalId, String group, String rides, String fares) {
        this.fares = fares;
        consumer = new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG,
                group,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class));
        producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                transactionalId,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class));
        consumer.subscribe(List.of(rides));
        producer.initTransactions();
    }

    /**
     * Waits for rides, at most that long, and writes their fares. If that fails in a way that may pass, nothing has happened,
     * and the next call begins with the same rides.
     *
     * @return how many there were
     * @throws KafkaException if this one can't go on: it has been replaced, may not write, or has read what is no ride
     */
    public int step(Duration timeout) {
        ConsumerRecords<String, String> rides = consumer.poll(timeout);
        if (rides.isEmpty()) {
            return 0;
        }
        List<ProducerRecord<String, String>> results = new ArrayList<>();
        rides.forEach(ride -> results.add(fare(ride)));
        producer.beginTransaction();
        try {
            for (ProducerRecord<String, String> result : results) {
                var _ = producer.send(result);
            }
            producer.sendOffsetsToTransaction(rides.nextOffsets(), consumer.groupMetadata());
            producer.commitTransaction();
            return rides.count();
        } catch (ProducerFencedException | OutOfOrderSequenceException | AuthorizationException e) {
            // Replaced, broken or not allowed: an end of the transaction would be refused as well.
            throw e;
        } catch (KafkaException e) {
            producer.abortTransaction();
            goBack();
            return 0;
        }
    }

    private ProducerRecord<String, String> fare(ConsumerRecord<String, String> ride) {
        return new ProducerRecord<>(fares, ride.key(), Json.write(Fare.of(Ride.fromJson(ride.value()))));
    }

    /** To where the group is, by its commits: what was read since has not been dealt with. */
    private void goBack() {
        Map<TopicPartition, Long> positions = new HashMap<>();
        consumer.committed(consumer.assignment()).forEach((partition, committed) -> {
            if (committed != null) {
                positions.put(partition, committed.offset());
            }
        });
        for (TopicPartition partition : consumer.assignment()) {
            Long position = positions.get(partition);
            if (position == null) {
                consumer.seekToBeginning(List.of(partition));
            } else {
                consumer.seek(partition, position);
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
        producer.close();
    }

    /** Arguments, each of which may be left out: bootstrap servers, transactional id, topic of rides, topic of fares. */
    public static void main(String[] args) {
        var arguments = new Arguments(args);
        String bootstrapServers = arguments.next("localhost:9092");
        String transactionalId = arguments.next("rides-fares-1");
        try (var program = new RideFares(
                bootstrapServers,
                transactionalId,
                "rides-fares",
                arguments.next("rides"),
                arguments.next("rides-fares"))) {
            while (true) {
                int rides = program.step(Duration.ofSeconds(1));
                if (rides > 0) {
                    System.out.println(rides + " rides in a transaction");
                }
            }
        }
    }
}
