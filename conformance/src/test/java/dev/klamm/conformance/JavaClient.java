package dev.klamm.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** kafka-clients behind the four verbs that every client of these tests has, as in {@code js/client.js}. */
final class JavaClient {
    private final String bootstrapServers;
    private final String topic;

    private JavaClient(String bootstrapServers, String topic) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /** {@code produce BOOTSTRAP TOPIC COMPRESSION ACKS} and so on. */
    public static void main(String[] args) throws Exception {
        var client = new JavaClient(args[1], args[2]);
        switch (args[0]) {
            case "produce" -> client.produce(args[3], args[4]);
            case "consume" -> client.consume(args[3], Integer.parseInt(args[4]));
            case "member" -> client.member(args[3], args[4], Integer.parseInt(args[5]));
            case "admin" -> new JavaAdminTour(args[1], args[2], args[3]).run();
            default -> throw new IllegalArgumentException("no verb: " + Arrays.toString(args));
        }
    }

    private void produce(String compression, String acks) throws IOException, ExecutionException, InterruptedException {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", bootstrapServers,
                "compression.type", compression,
                "acks", acks,
                "enable.idempotence", acks.equals("all"));
        List<Future<?>> sending = new ArrayList<>();
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
                var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                Sent sent = RecordJson.readSent(line);
                List<Header> headers = sent.headers().entrySet().stream()
                        .<Header>map(header -> new RecordHeader(
                                header.getKey(), header.getValue().getBytes(StandardCharsets.UTF_8)))
                        .toList();
                sending.add(producer.send(new ProducerRecord<>(topic, 0, sent.key(), sent.value(), headers)));
            }
            producer.flush();
            for (Future<?> future : sending) {
                future.get();
            }
        }
    }

    private void consume(String from, int count) {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", from);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList());
            int left = count;
            while (left > 0) {
                for (var record : consumer.poll(Duration.ofMillis(100)).records(topic)) {
                    if (left-- > 0) {
                        print(record);
                    }
                }
            }
        }
    }

    private void member(String group, String clientId, int count) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "group.id",
                group,
                "client.id",
                clientId,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false,
                "max.poll.records",
                1,
                "session.timeout.ms",
                6000,
                "heartbeat.interval.ms",
                500);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            int left = count;
            while (count == 0 || left > 0) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    consumer.commitSync(Map.of(
                            new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1)));
                    print(record);
                    left--;
                }
            }
        }
    }

    private static void print(ConsumerRecord<String, String> record) {
        System.out.println(RecordJson.write(Reference.received(record)));
    }
}
