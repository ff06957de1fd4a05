package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.klamm.broker.config.BrokerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker on a file system of 64 MB, which is filled: a tmpfs that the test mounts, where it may. */
@Timeout(120)
class SmallDiskTest {
    private static final int VALUE_BYTES = 100_000;

    @TempDir
    Path mountPoint;

    private final Map<String, String> settings =
            new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.segment.delete.delay.ms", "100"));
    private final List<byte[]> acknowledged = new ArrayList<>();
    private Broker broker;
    private KafkaProducer<byte[], byte[]> producer;

    @BeforeEach
    void start() throws Exception {
        boolean isMounted = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mountPoint.toString()) == 0;
        if (!isMounted && System.getenv("CI") != null) {
            fail("no tmpfs can be mounted here");
        }
        assumeTrue(isMounted, "no tmpfs can be mounted here: disk full is not tested");
        startBroker();
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap(),
                        "retries",
                        0,
                        "enable.idempotence",
                        false,
                        "acks",
                        "all",
                        "request.timeout.ms",
                        2000,
                        "delivery.timeout.ms",
                        3000,
                        "linger.ms",
                        0),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterEach
    void unmount() throws Exception {
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
        if (broker != null) {
            broker.close();
        }
        run("umount", mountPoint.toString());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    }

    private void startBroker() throws IOException, InterruptedException {
        broker = Broker.start(BrokerConfig.of(settings), mountPoint);
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + broker.port());
    }

    private String bootstrap() {
        return "127.0.0.1:" + broker.port();
    }

    private static byte[] value(int number) {
        byte[] value = new byte[VALUE_BYTES];
        new Random(number).nextBytes(value);
        return value;
    }

    /** The error that the producer got, or null if the record was acknowledged. */
    private @Nullable Throwable produce(String topic) throws InterruptedException {
        byte[] value = value(acknowledged.size());
        try {
            producer.send(new ProducerRecord<>(topic, value)).get();
            if (topic.equals("rides")) {
                acknowledged.add(value);
            }
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private void fill() throws InterruptedException {
        assertThat(produceUntilRefused())
                .isInstanceOf(RetriableException.class)
                .isInstanceOf(KafkaStorageException.class);
    }

    private Throwable produceUntilRefused() throws InterruptedException {
        Throwable refusal = produce("rides");
        while (refusal == null) {
            refusal = produce("rides");
        }
        return refusal;
    }

    private void goOn() throws InterruptedException {
        while (produce("rides") != null) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(produce("rides")).isNull();
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap(), "group.id", "readers", "enable.auto.commit", false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Each acknowledged record is there, in order; others, whose answers were lost, may be between them. */
    private void everythingAcknowledgedIsThere() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            TopicPartition rides = new TopicPartition("rides", 0);
            consumer.assign(List.of(rides));
            consumer.seekToBeginning(List.of(rides));
            long end =
                    Objects.requireNonNull(consumer.endOffsets(List.of(rides)).get(rides));
            int found = 0;
            while (consumer.position(rides) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (found < acknowledged.size() && Arrays.equals(record.value(), acknowledged.get(found))) {
                        found++;
                    }
                }
            }
            assertThat(found).isEqualTo(acknowledged.size());
            consumer.commitSync();
            assertThat(consumer.committed(Set.of(rides)))
                    .containsEntry(rides, new OffsetAndMetadata(end, Optional.of(0), ""));
        }
    }

    private void killAndStartAgain() throws Exception {
        broker.abandon();
        startBroker();
    }

    @Test
    void aProducerIsRefusedReadersAndGroupsGoOnAndADeletedTopicMakesRoom() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1), new NewTopic("old", 1, (short) 1)))
                    .all()
                    .get();
            for (int i = 0; i < 150; i++) {
                assertThat(produce("old")).isNull();
            }
            fill();
            everythingAcknowledgedIsThere();

            admin.deleteTopics(List.of("old")).all().get();
        }
        goOn();

        killAndStartAgain();
        everythingAcknowledgedIsThere();
    }

    @Test
    void anotherProcessMayTakeTheLastByteAndGiveItBack() throws Exception {
        Path foreign = mountPoint.resolve("foreign");
        goOn();
        assertThat(run("dd", "if=/dev/zero", "of=" + foreign, "bs=64k")).isNotZero();
        assertThat(Files.getFileStore(mountPoint).getUsableSpace()).isZero();
        // The flusher measures at its next tick. A record that comes before, and finds no room in the journal, waits
        // there.
        assertThat(produceUntilRefused()).isInstanceOf(RetriableException.class);
        fill();
        everythingIsRead();

        Files.delete(foreign);
        goOn();

        killAndStartAgain();
        everythingAcknowledgedIsThere();
    }

    private void everythingIsRead() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            TopicPartition rides = new TopicPartition("rides", 0);
            consumer.assign(List.of(rides));
            consumer.seekToBeginning(List.of(rides));
            while (consumer.position(rides) < acknowledged.size()) {
                assertThat(consumer.poll(Duration.ofSeconds(10))).isNotEmpty();
            }
        }
    }

    @Test
    void aCleanStopOnAFullDiskLosesNothing() throws Exception {
        fill();
        assertThat(run("dd", "if=/dev/zero", "of=" + mountPoint.resolve("foreign"), "bs=64k"))
                .isNotZero();

        broker.close();
        Files.delete(mountPoint.resolve("foreign"));
        startBroker();

        everythingAcknowledgedIsThere();
    }
}
