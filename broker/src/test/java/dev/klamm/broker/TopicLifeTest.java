package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of topics while producers and consumers are at work on them. */
@Timeout(120)
class TopicLifeTest {
    private static final TopicPartition RIDES = new TopicPartition("rides", 0);
    private static final long HOUR_MS = 3_600_000;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with(
            "auto.create.topics.enable", "false",
            "log.initial.task.delay.ms", "0",
            "log.retention.check.interval.ms", "100",
            "log.segment.delete.delay.ms", "100");

    private Admin admin;

    @BeforeEach
    void connect() {
        admin = broker.admin();
    }

    private void create(String... settings) throws Exception {
        Map<String, String> configs = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            configs.put(settings[i], settings[i + 1]);
        }
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1).configs(configs)))
                .all()
                .get();
    }

    private void configure(String name, String value) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, "rides");
        var change = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    }

    private long offset(OffsetSpec which) throws Exception {
        return admin.listOffsets(Map.of(RIDES, which))
                .partitionResult(RIDES)
                .get()
                .offset();
    }

    private long deleteRecordsBefore(long offset) throws Exception {
        var deleted = admin.deleteRecords(Map.of(RIDES, RecordsToDelete.beforeOffset(offset)))
                .lowWatermarks()
                .get(RIDES);
        return Objects.requireNonNull(deleted).get().lowWatermark();
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(String reset) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrap(),
                        "auto.offset.reset",
                        reset,
                        "metadata.max.age.ms",
                        "200"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, int count, int valueBytes, long timestampMs)
            throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(new ProducerRecord<>("rides", 0, timestampMs, null, new byte[valueBytes])));
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    /** Offsets and numbers, from the first record to the end as it is now. */
    private List<ConsumerRecord<byte[], byte[]>> readAll(TopicPartition partition) {
        try (var consumer = consumer("earliest")) {
            consumer.assign(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
            while (consumer.position(partition) < end) {
                found.addAll(consumer.poll(Duration.ofMillis(500)).records(partition));
            }
            return found;
        }
    }

    private static long number(ConsumerRecord<byte[], byte[]> record) {
        return ByteBuffer.wrap(record.value()).getLong();
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> filesOf(String topic) throws IOException {
        return names(broker.dataDirectory()).stream()
                .filter(name -> name.startsWith(topic + "-"))
                .toList();
    }

    // ---- retention

    @Test
    void recordsPastTheirTimeGoAndAConsumerBelowIsOutOfRange() throws Exception {
        create("segment.bytes", "1048576");
        try (var producer = producer()) {
            long nowMs = System.currentTimeMillis();
            send(producer, 250, 10_000, nowMs - 2 * HOUR_MS);
            send(producer, 50, 10_000, nowMs);
        }

        configure("retention.ms", Long.toString(HOUR_MS));

        await("the log start moves", () -> offset(OffsetSpec.earliest()) > 0);
        assertThat(offset(OffsetSpec.earliest())).isBetween(100L, 250L);
        assertThat(offset(OffsetSpec.latest())).isEqualTo(300);
        try (var consumer = consumer("none")) {
            consumer.assign(List.of(RIDES));
            consumer.seek(RIDES, 10);
            assertThatThrownBy(() -> {
                        while (consumer.position(RIDES) == 10) {
                            consumer.poll(Duration.ofMillis(100));
                        }
                    })
                    .isInstanceOf(OffsetOutOfRangeException.class);
        }
        await(
                "the files go",
                () -> names(broker.dataDirectory().resolve("rides-0")).stream()
                        .noneMatch(name -> name.endsWith(".deleted")));
    }

    @Test
    void aTopicWhoseRecordsAreAllPastTheirTimeGoesOnWhereItEnded() throws Exception {
        create("retention.ms", Long.toString(HOUR_MS));
        try (var producer = producer()) {
            send(producer, 10, 100, System.currentTimeMillis() - 2 * HOUR_MS);
            await("all of it goes", () -> offset(OffsetSpec.earliest()) == 10);

            broker.kill();
            broker.start();

            send(producer, 1, 100, System.currentTimeMillis());
            assertThat(offset(OffsetSpec.earliest())).isEqualTo(10);
            assertThat(offset(OffsetSpec.latest())).isEqualTo(11);
        }
    }

    @Test
    void theBrokersDefaultsOfRetentionTakeEffectWhileItRuns() throws Exception {
        create("segment.bytes", "1048576");
        try (var producer = producer()) {
            send(producer, 350, 10_000, System.currentTimeMillis());
        }
        var brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        var change = new AlterConfigOp(new ConfigEntry("log.retention.bytes", "1500000"), AlterConfigOp.OpType.SET);

        admin.incrementalAlterConfigs(Map.of(brokers, List.of(change))).all().get();

        await("the log start moves", () -> offset(OffsetSpec.earliest()) > 0);
        assertThat(offset(OffsetSpec.earliest())).isEqualTo(104);
    }

    @Test
    void recordsWithoutAKeyAreRefusedFromTheMomentThatTheTopicIsCompacted() throws Exception {
        create();
        try (var producer = producer()) {
            producer.send(new ProducerRecord<>("rides", null, new byte[1])).get();
            configure("cleanup.policy", "compact");

            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("rides", null, new byte[1]))
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidRecordException.class);

            producer.send(new ProducerRecord<>("rides", new byte[1], new byte[1]))
                    .get();
            configure("cleanup.policy", "delete");
            producer.send(new ProducerRecord<>("rides", null, new byte[1])).get();
        }
    }

    // ---- under load

    @Test
    void recordsAreDeletedUnderLoadAndWhatIsLeftIsWhole() throws Exception {
        create();
        try (Load load = new Load(broker, "rides")) {
            long low = 0;
            for (int round = 1; round <= 20; round++) {
                int sofar = round * 50;
                await("records are sent", () -> load.count() > sofar);
                long wanted = round % 2 == 0 ? -1 : offset(OffsetSpec.latest()) - 5;
                long given = deleteRecordsBefore(wanted);
                assertThat(given).isGreaterThanOrEqualTo(Math.max(low, wanted));
                low = given;
            }
            await("records are sent", () -> load.count() > 1200);
            load.stop();
            assertThat(load.failures).isEmpty();
            assertWhole(load, low);

            broker.kill();
            broker.start();

            assertWhole(load, low);
        }
    }

    private void assertWhole(Load load, long from) {
        List<ConsumerRecord<byte[], byte[]>> found = readAll(RIDES);
        assertThat(found.getFirst().offset()).isEqualTo(from);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i).offset()).isEqualTo(from + i);
            assertThat(load.at(from + i)).isEqualTo(number(found.get(i)));
        }
    }

    @Test
    void aTopicDeletedUnderLoadIsGoneWithItsFilesAndNobodyHangs() throws Exception {
        create();
        try (Load load = new Load(broker, "rides");
                var consumer = consumer("earliest")) {
            consumer.assign(List.of(RIDES));
            await(
                    "records are read",
                    () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());

            admin.deleteTopics(List.of("rides")).all().get();

            await("the producer is told", () -> !load.failures.isEmpty());
            consumer.poll(Duration.ofMillis(500));
            load.stop();
        }
        await("the files go", () -> filesOf("rides").isEmpty());
        broker.kill();
        broker.start();
        assertThat(admin.listTopics().names().get()).isEmpty();
        assertThat(filesOf("rides")).isEmpty();
    }

    @Test
    void aTopicCreatedAgainAtOnceHasOnlyWhatWasSentToTheNewOne() throws Exception {
        create();
        try (Load load = new Load(broker, "rides");
                var consumer = consumer("earliest")) {
            consumer.assign(List.of(RIDES));
            await("records are sent", () -> load.count() > 500);
            await(
                    "records are read",
                    () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
            long sentBefore = 0;
            Set<Long> ofTheOld = Set.of();
            for (int round = 0; round < 5; round++) {
                ofTheOld = Set.copyOf(
                        load.acknowledged.getOrDefault(RIDES, Map.of()).values());
                admin.deleteTopics(List.of("rides")).all().get();
                sentBefore = load.next();
                create();
                long next = sentBefore;
                await(
                        "the new one is written to",
                        () -> load.acknowledged.getOrDefault(RIDES, Map.of()).values().stream()
                                .anyMatch(number -> number > next + 50));
            }
            long last = sentBefore;
            await("the new one is read", () -> {
                boolean isRead = false;
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    isRead |= number(record) > last;
                }
                return isRead;
            });
            load.stop();

            assertOnlyNew(load, sentBefore, ofTheOld);
            broker.kill();
            broker.start();
            assertOnlyNew(load, sentBefore, ofTheOld);
        }
        await("the files of the old ones go", () -> filesOf("rides").equals(List.of("rides-0")));
    }

    /** What was on its way when the topic was deleted may have come to the new one; what the old one had, not. */
    private void assertOnlyNew(Load load, long sentBefore, Set<Long> ofTheOld) {
        List<ConsumerRecord<byte[], byte[]>> found = readAll(RIDES);
        assertThat(found.getFirst().offset()).isZero();
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i).offset()).isEqualTo(i);
            assertThat(ofTheOld).doesNotContain(number(found.get(i)));
        }
        List<Long> numbers = found.stream().map(TopicLifeTest::number).toList();
        assertThat(numbers).doesNotHaveDuplicates();
        Objects.requireNonNull(load.acknowledged.get(RIDES)).forEach((offset, number) -> {
            if (number >= sentBefore) {
                assertThat(numbers).contains(number);
            }
        });
    }

    @Test
    void partitionsAddedUnderLoadAreUsedAndNoRecordIsLost() throws Exception {
        create();
        try (Load load = new Load(broker, "rides", "partitioner.ignore.keys", "true", "batch.size", "200")) {
            for (int count = 2; count <= 6; count++) {
                int sofar = count * 100;
                await("records are sent", () -> load.count() > sofar);
                admin.createPartitions(Map.of("rides", NewPartitions.increaseTo(count)))
                        .all()
                        .get();
            }
            await("all are written to", () -> load.acknowledged.size() == 6);
            load.stop();

            assertThat(load.failures).isEmpty();
            List<Long> found = new ArrayList<>();
            for (int partition = 0; partition < 6; partition++) {
                readAll(new TopicPartition("rides", partition)).forEach(record -> found.add(number(record)));
            }
            assertThat(found)
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, load.next()).boxed().toList());
        }
    }
}
