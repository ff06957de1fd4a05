package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/**
 * The same records, produced under the same settings, to the broker under test and to Apache Kafka: what a consumer finds
 * when both have compacted is the same, and Kafka's tool takes the files for its own.
 */
final class CompactedTopicTest {
    private static final int SEEDS = Integer.getInteger("conformance.compaction.seeds", 3);
    private static final long BYTES = 4 << 20;

    private static final Map<String, String> SETTINGS =
            Map.of("offsets.topic.num.partitions", "1", "log.cleaner.backoff.ms", "100");

    /** All of a record that a consumer gets to know. */
    private record Seen(long offset, long timestampMs, Received received) {}

    @Test
    void aConsumerFindsTheSameRecordsAsInApacheKafka() {
        List<String> topics = new ArrayList<>();
        Path directory;
        try (var broker = BrokerUnderTest.start("compacted", SETTINGS);
                var kafka = BrokerUnderTest.start(new KafkaDistribution(), "compacted-by-kafka", SETTINGS)) {
            for (int seed = 0; seed < SEEDS; seed++) {
                String topic = "compacted-" + seed;
                topics.add(topic);
                fill(kafka, topic, seed);
                fill(broker, topic, seed);
                long cleanedTo = awaitCleaned(kafka, topic, 2 << 20);
                Eventually.await(
                        topic + " to be compacted up to " + cleanedTo,
                        () -> cleanedTo(broker, topic),
                        offset -> offset == cleanedTo);
                List<Seen> expected = read(kafka, topic);
                assertThat(read(broker, topic)).as(topic).isEqualTo(expected);
                assertThat(expected).as("what is left").hasSizeLessThan(3000);
            }
            directory = broker.logDirectory();
        }
        topics.forEach(topic -> checkFiles(directory.resolve(topic + "-0")));
    }

    private static void fill(BrokerUnderTest broker, String topic, int seed) {
        createTopic(broker, topic, "86400000");
        new KeyedLoad(seed).send(broker.bootstrapServers(), topic, BYTES);
    }

    /** A megabyte is the smallest segment that Kafka 4.3 allows. */
    private static void createTopic(BrokerUnderTest broker, String topic, String deleteRetentionMs) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Map<String, String> config = Map.of(
                    "cleanup.policy", "compact",
                    "segment.bytes", "1048576",
                    "min.cleanable.dirty.ratio", "0.001",
                    "delete.retention.ms", deleteRetentionMs,
                    "file.delete.delay.ms", "1000");
            Reference.get(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(config)))
                    .all());
        }
    }

    /** Waits until all but the last segment is compacted; returns where that begins. */
    private static long awaitCleaned(BrokerUnderTest broker, String topic, long atLeastBytes) {
        assertThat(BYTES).isGreaterThan(atLeastBytes);
        return Eventually.await(
                topic + " to be compacted",
                () -> cleanedTo(broker, topic),
                offset -> offset > 0 && offset == lastSegment(broker, topic));
    }

    private static long lastSegment(BrokerUnderTest broker, String topic) {
        return segments(broker.partitionDirectory(topic, 0)).stream()
                .map(file -> file.getFileName().toString().replace(".log", ""))
                .mapToLong(Long::parseLong)
                .max()
                .orElse(0);
    }

    private static List<Path> segments(Path partition) {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(".log")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the file in which both keep it; 0 if it does not say. */
    private static long cleanedTo(BrokerUnderTest broker, String topic) {
        Path checkpoint = broker.logDirectory().resolve("cleaner-offset-checkpoint");
        try {
            List<String> lines = Files.exists(checkpoint) ? Files.readAllLines(checkpoint) : List.of();
            return lines.stream()
                    .filter(line -> line.startsWith(topic + " 0 "))
                    .mapToLong(line -> Long.parseLong(line.substring(topic.length() + 3)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Seen> read(BrokerUnderTest broker, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrapServers());
        List<Seen> seen = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    seen.add(new Seen(record.offset(), record.timestamp(), Reference.received(record)));
                }
            }
        }
        return seen;
    }

    private static void checkFiles(Path partition) {
        for (Path segment : segments(partition)) {
            List<String> dump = KafkaTool.DUMP_LOG.run("--files", segment.toString(), "--deep-iteration");
            assertThat(dump.stream().filter(line -> line.startsWith("baseOffset:")))
                    .as(segment.toString())
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith("isvalid: true"));
            for (String suffix : List.of(".index", ".timeindex")) {
                String index = segment.toString().replace(".log", suffix);
                assertThat(KafkaTool.DUMP_LOG.run("--files", index))
                        .as(index)
                        .noneMatch(line -> line.contains("Found ") || line.contains("Mismatch"));
            }
        }
    }

    @Test
    void aTombstoneThatIsOldEnoughVanishes() {
        try (var broker = BrokerUnderTest.start("tombstones", SETTINGS)) {
            createTopic(broker, "tombstones", "0");
            KeyedLoad load = new KeyedLoad(1);
            // Each time there is something dirty, what is clean is looked at, too.
            Eventually.await(
                    "tombstones to vanish",
                    () -> {
                        load.send(broker.bootstrapServers(), "tombstones", 1 << 20);
                        return tombstonesBelow(read(broker, "tombstones"), cleanedTo(broker, "tombstones") / 2);
                    },
                    count -> count == 0 && cleanedTo(broker, "tombstones") > 0);
        }
    }

    private static long tombstonesBelow(List<Seen> seen, long offset) {
        return seen.stream()
                .filter(record ->
                        record.offset() < offset && record.received().sent().value() == null)
                .count();
    }

    @Test
    void committedOffsetsOutliveTheCompactionOfTheirLog() {
        Map<String, String> settings = new HashMap<>(SETTINGS);
        settings.put("offsets.topic.segment.bytes", "1048576");
        try (var broker = BrokerUnderTest.start("compacted-groups", settings)) {
            String group = Reference.newName("group");
            String silent = Reference.newName("silent");
            long[] committed = new long[1];
            try (var reference = new Reference(broker.bootstrapServers());
                    Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
                TopicPartition partition = new TopicPartition(reference.newTopic(1), 0);
                commit(admin, silent, partition, 17);
                Eventually.await(
                        "__consumer_offsets to be compacted",
                        () -> {
                            for (int i = 0; i < 100; i++) {
                                commit(admin, group, partition, ++committed[0]);
                            }
                            return cleanedTo(broker, "__consumer_offsets");
                        },
                        offset -> offset > 200);
            }
            broker.kill();
            broker.startAgain();
            try (var reference = new Reference(broker.bootstrapServers())) {
                assertThat(reference.committed(group)).isEqualTo(Map.of(0, committed[0]));
                assertThat(reference.committed(silent)).isEqualTo(Map.of(0, 17L));
            }
        }
    }

    private static void commit(Admin admin, String group, TopicPartition partition, long offset) {
        Reference.get(admin.alterConsumerGroupOffsets(
                        group, Map.of(partition, new OffsetAndMetadata(offset, "x".repeat(4000))))
                .all());
    }
}
