package dev.klamm.conformance;

import static java.util.stream.Collectors.toMap;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * One of the two brokers of a {@link Comparison}, and the clients that look at what the situations leave behind.
 *
 * @param readers of each isolation level, for one situation at a time
 */
record Side(BrokerUnderTest broker, Admin admin, Map<IsolationLevel, KafkaConsumer<String, String>> readers)
        implements AutoCloseable {
    static Side start(Distribution distribution, String name, Map<String, String> settings) {
        var broker = BrokerUnderTest.start(distribution, name, settings);
        String servers = broker.bootstrapServers();
        Admin admin = Admin.create(Map.of("bootstrap.servers", servers, "retry.backoff.ms", 20));
        // Apache Kafka makes the coordinators' topics when somebody asks who coordinates, which a raw request does not.
        Reference.get(admin.fenceProducers(List.of("nobody")).all());
        Reference.get(admin.listConsumerGroupOffsets("nobody").partitionsToOffsetAndMetadata());
        return new Side(
                broker,
                admin,
                Arrays.stream(IsolationLevel.values()).collect(toMap(Function.identity(), it -> reader(servers, it))));
    }

    private static KafkaConsumer<String, String> reader(String bootstrapServers, IsolationLevel isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        isolation.toString(),
                        "metadata.max.age.ms",
                        1_000,
                        "fetch.max.wait.ms",
                        50),
                new StringDeserializer(),
                new StringDeserializer());
    }

    /** @param number of the situation; names that are made from it are the same on both sides */
    List<String> play(Consumer<Stage> situation, int number) {
        try (var stage = new Stage(this, number)) {
            situation.accept(stage);
            return stage.notes().lines();
        }
    }

    @Override
    public void close() {
        readers.values().forEach(KafkaConsumer::close);
        admin.close();
        broker.close();
    }
}
