package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.StateQueryRequest;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Kafka Streams has and does, on the broker under test; each test an application of its own. */
@ExtendWith(SharedBroker.class)
final class StreamsTest {
    private static final int PARTITIONS = 3;
    private static final int KEYS = 20;

    private final String servers;
    private final Reference reference;
    private final Admin admin;
    private final String application = Reference.newName("application");
    private final String input = application + "-input";
    private final String output = application + "-output";
    private long sent;

    @TempDir
    Path directory;

    StreamsTest(BrokerUnderTest broker) {
        servers = broker.bootstrapServers();
        reference = new Reference(servers);
        admin = Admin.create(Map.of("bootstrap.servers", servers));
    }

    @BeforeEach
    void createTopics() {
        createTopic(input);
        createTopic(output);
    }

    @AfterEach
    void close() {
        admin.close();
        reference.close();
    }

    @Test
    void internalTopicsHaveTheSettingsThatTheirUseWants() {
        try (var _ = start(countsAndWindows(), "one", Map.of())) {
            send(KEYS);
            awaitCounts();

            Map<String, String> repartition = settings(application + "-by-key-repartition");
            assertThat(repartition).containsEntry("cleanup.policy", "delete").containsEntry("retention.ms", "-1");
            assertThat(settings(application + "-counts-changelog")).containsEntry("cleanup.policy", "compact");
            long day = Duration.ofDays(1).toMillis();
            assertThat(settings(application + "-windows-changelog"))
                    .containsEntry("cleanup.policy", "compact,delete")
                    .containsEntry(
                            "retention.ms",
                            String.valueOf(day + Duration.ofMinutes(6).toMillis()));
            assertThat(partitions(application + "-counts-changelog")).isEqualTo(PARTITIONS);
        }
    }

    @Test
    void aStandbyTakesOverWithoutReadingTheChangelogAgain() {
        Map<String, Object> standby = Map.of(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
        try (var second = start(countsAndWindows(), "two", standby)) {
            try (var _ = start(countsAndWindows(), "one", standby)) {
                send(50 * KEYS);
                awaitCounts();
                Eventually.await(
                        "both to have tasks", second::activeTasks, tasks -> tasks > 0 && tasks < 2 * PARTITIONS);
                Eventually.await(
                        "the standby tasks to be up to date",
                        () -> second.streams.allLocalStorePartitionLags().values().stream()
                                .flatMap(store -> store.values().stream())
                                .mapToLong(lag -> lag.offsetLag())
                                .sum(),
                        // What ends a transaction is an offset in a changelog, too, that no state has.
                        lag -> lag < KEYS);
            }
            long restored = second.restored();

            Eventually.await("one to do all", second::activeTasks, tasks -> tasks == 2 * PARTITIONS);
            send(KEYS);
            awaitCounts();

            // What the first has committed last may have been on its way.
            assertThat(second.restored() - restored).isLessThan(10 * KEYS);
        }
    }

    @Test
    void topicsThatAppearLaterAreReadByTheirPattern() {
        var builder = new StreamsBuilder();
        builder.stream(Pattern.compile(input + ".*"), Consumed.with(Serdes.String(), Serdes.String()))
                .to(output, Produced.with(Serdes.String(), Serdes.String()));
        Map<String, Object> soon = Map.of(StreamsConfig.consumerPrefix(ConsumerConfig.METADATA_MAX_AGE_CONFIG), 500);
        try (var _ = start(builder.build(), "one", soon)) {
            reference.produce(input, 0, "none", List.of(Sent.of("of the first")));
            read(output, 1);

            createTopic(input + "-later");
            reference.produce(input + "-later", 2, "none", List.of(Sent.of("of the second")));

            assertThat(read(output, 2))
                    .extracting(received -> received.sent().value())
                    .containsExactlyInAnyOrder("of the first", "of the second");
        }
    }

    @Test
    void aGlobalTableIsReadWholeAndFollowsItsTopic() {
        String table = application + "-table";
        createTopic(table);
        for (int key = 0; key < KEYS; key++) {
            reference.produce(table, key % PARTITIONS, "none", List.of(new Sent("k" + key, "old", Map.of())));
        }
        var builder = new StreamsBuilder();
        GlobalKTable<String, String> names =
                builder.globalTable(table, Consumed.with(Serdes.String(), Serdes.String()), Materialized.as("names"));
        KStream<String, String> records = builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()));
        records.join(names, (_, name) -> name, (record, name) -> record + " is " + name)
                .to(output, Produced.with(Serdes.String(), Serdes.String()));
        try (var instance = start(builder.build(), "one", Map.of())) {
            reference.produce(input, 0, "none", List.of(new Sent("a", "k19", Map.of())));
            read(output, 1);

            reference.produce(table, 19 % PARTITIONS, "none", List.of(new Sent("k19", "new", Map.of())));
            Eventually.await("the table to follow", () -> value(instance, "names", "k19"), "new"::equals);
            reference.produce(input, 0, "none", List.of(new Sent("a", "k19", Map.of())));

            assertThat(read(output, 2))
                    .extracting(received -> received.sent().value())
                    .containsExactly("k19 is old", "k19 is new");
        }
    }

    @Test
    void statesCanBeQueried() {
        Map<String, Object> address = Map.of(StreamsConfig.APPLICATION_SERVER_CONFIG, "here:1234");
        try (var instance = start(countsAndWindows(), "one", address)) {
            send(5 * KEYS);
            awaitCounts();
            var store = Eventually.await("the store", () -> longs(instance), it -> it.get("k7") != null);

            assertThat(store.get("k7")).isEqualTo(5);
            assertThat(store.get("nobody")).isNull();
            List<KeyValue<String, Long>> range = new ArrayList<>();
            try (var rows = store.range("k10", "k12")) {
                rows.forEachRemaining(range::add);
            }
            assertThat(range)
                    .containsExactlyInAnyOrder(
                            KeyValue.pair("k10", 5L), KeyValue.pair("k11", 5L), KeyValue.pair("k12", 5L));
            var answer = instance.streams.query(
                    StateQueryRequest.inStore("counts").withQuery(KeyQuery.<String, Object>withKey("k7")));
            assertThat(answer.getOnlyPartitionResult().isSuccess()).isTrue();
            var where = instance.streams.queryMetadataForKey("counts", "k7", new StringSerializer());
            assertThat(where.activeHost()).isEqualTo(new HostInfo("here", 1234));
            assertThat(windows(instance, "k7")).isEqualTo(5);
        }
    }

    @Test
    void threadsCanBeAddedAndRemoved() {
        try (var instance = start(countsAndWindows(), "one", Map.of())) {
            send(KEYS);
            awaitCounts();

            assertThat(instance.streams.addStreamThread()).isPresent();
            Eventually.await("both threads to have tasks", () -> idleThreads(instance), idle -> idle == 0);
            send(KEYS);
            awaitCounts();

            assertThat(instance.streams.removeStreamThread(Duration.ofSeconds(30)))
                    .isPresent();
            send(KEYS);
            awaitCounts();
            assertThat(instance.streams.metadataForLocalThreads()).hasSize(1);
        }
    }

    @Test
    void aStateThatIsLostComesBackFromItsChangelog() {
        try (var _ = start(countsAndWindows(), "one", Map.of())) {
            send(10 * KEYS);
            awaitCounts();
        }

        try (var again = start(countsAndWindows(), "another-directory", Map.of())) {
            send(KEYS);
            awaitCounts();

            assertThat(again.restored()).isGreaterThanOrEqualTo(10 * KEYS);
        }
    }

    /** Counts by another key, hence by way of a repartition topic; and in windows of five minutes, with one of grace. */
    private Topology countsAndWindows() {
        var builder = new StreamsBuilder();
        var byKey = builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
                .selectKey((_, value) -> value)
                .groupByKey(Grouped.with("by-key", Serdes.String(), Serdes.String()));
        byKey.count(Materialized.as("counts"))
                .toStream()
                .mapValues(count -> String.valueOf(count))
                .to(output, Produced.with(Serdes.String(), Serdes.String()));
        byKey.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(5), Duration.ofMinutes(1)))
                .count(Materialized.as("windows"));
        return builder.build();
    }

    private StreamsInstance start(Topology topology, String name, Map<String, Object> more) {
        return new StreamsInstance(application, topology, servers, directory.resolve(name), more).awaitRunning();
    }

    /** The keys in turn, as values. */
    private void send(int count) {
        Map<Integer, List<Sent>> records = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int number = (int) (sent++ % KEYS);
            records.computeIfAbsent(number % PARTITIONS, _ -> new ArrayList<>()).add(Sent.of("k" + number));
        }
        records.forEach((partition, of) -> reference.produce(input, partition, "none", of));
    }

    /** Waits for a result for each record that was sent; each key's results must be 1, 2, 3 and so on. */
    private void awaitCounts() {
        Map<String, Long> counts = new HashMap<>();
        for (Received received : read(output, (int) sent)) {
            String key = String.valueOf(received.sent().key());
            long count = Long.parseLong(String.valueOf(received.sent().value()));
            assertThat(count).as(key).isEqualTo(counts.getOrDefault(key, 0L) + 1);
            counts.put(key, count);
        }
        assertThat(counts)
                .hasSize(KEYS)
                .allSatisfy((_, count) -> assertThat(count).isEqualTo(sent / KEYS));
    }

    /** What is committed, at least so many; in the order of the partitions. */
    private List<Received> read(String topic, int count) {
        List<Received> records = new ArrayList<>();
        Map<String, Object> config = Map.of("bootstrap.servers", servers, "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Eventually.await(
                    count + " records in " + topic,
                    () -> {
                        consumer.poll(Duration.ofMillis(100)).forEach(it -> records.add(Reference.received(it)));
                        return records.size();
                    },
                    size -> size >= count);
        }
        return records;
    }

    private static long idleThreads(StreamsInstance instance) {
        var threads = instance.streams.metadataForLocalThreads();
        return threads.size() < 2
                ? 2
                : threads.stream().filter(it -> it.activeTasks().isEmpty()).count();
    }

    private static ReadOnlyKeyValueStore<String, Long> longs(StreamsInstance instance) {
        return instance.streams.store(
                StoreQueryParameters.fromNameAndType("counts", QueryableStoreTypes.keyValueStore()));
    }

    private static String value(StreamsInstance instance, String store, String key) {
        ReadOnlyKeyValueStore<String, String> values = instance.streams.store(
                StoreQueryParameters.fromNameAndType(store, QueryableStoreTypes.keyValueStore()));
        return String.valueOf(values.get(key));
    }

    /** Of the last ten minutes. */
    private static long windows(StreamsInstance instance, String key) {
        long sum = 0;
        var store = instance.streams.store(
                StoreQueryParameters.fromNameAndType("windows", QueryableStoreTypes.<String, Long>windowStore()));
        try (var rows = store.fetch(key, Instant.now().minus(Duration.ofMinutes(10)), Instant.now())) {
            while (rows.hasNext()) {
                sum += rows.next().value;
            }
        }
        return sum;
    }

    private void createTopic(String name) {
        Reference.get(admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1)))
                .all());
    }

    private int partitions(String topic) {
        return requireNonNull(Reference.get(admin.describeTopics(List.of(topic)).allTopicNames())
                        .get(topic))
                .partitions()
                .size();
    }

    private Map<String, String> settings(String topic) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config = requireNonNull(
                Reference.get(admin.describeConfigs(List.of(resource)).all()).get(resource));
        Map<String, String> settings = new HashMap<>();
        config.entries().forEach(entry -> settings.put(entry.name(), String.valueOf(entry.value())));
        return settings;
    }
}
