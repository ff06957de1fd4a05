package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records through kafka-clients' own producer, in and out again. */
@Timeout(60)
class ProducingTest {
    private static final TopicPartition RIDES = new TopicPartition("rides", 0);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    private Admin admin;

    @BeforeEach
    void createTopic() throws Exception {
        admin = broker.admin();
        create("rides", Map.of());
    }

    private void create(String topic, Map<String, String> settings) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(settings)))
                .all()
                .get();
    }

    private KafkaProducer<byte[], byte[]> producer(String... settings) {
        var all = new HashMap<String, Object>(Map.of("bootstrap.servers", broker.bootstrap(), "max.block.ms", "10000"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ProducerRecord<byte[], byte[]> record(int number) {
        return new ProducerRecord<>("rides", 0, bytes("key-" + number), bytes("value-" + number));
    }

    /** Everything in rides-0, read from its beginning to its end. */
    private List<ConsumerRecord<byte[], byte[]>> readAll() {
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrap());
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(RIDES));
            consumer.seekToBeginning(List.of(RIDES));
            long end = consumer.endOffsets(List.of(RIDES)).getOrDefault(RIDES, 0L);
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            while (consumer.position(RIDES) < end) {
                consumer.poll(Duration.ofSeconds(1)).records(RIDES).forEach(records::add);
            }
            return records;
        }
    }

    private static void assertNumbered(List<ConsumerRecord<byte[], byte[]>> records, int count) {
        assertThat(records)
                .extracting(record -> new String(record.value(), StandardCharsets.UTF_8))
                .isEqualTo(IntStream.range(0, count).mapToObj(i -> "value-" + i).toList());
        assertThat(records)
                .extracting(ConsumerRecord::offset)
                .isEqualTo(IntStream.range(0, count).mapToObj(i -> (long) i).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void whatAnIdempotentProducerSendsComesOutOnceAndInOrder(String compression) throws Exception {
        var sent = new ArrayList<Future<RecordMetadata>>();
        try (var producer = producer("compression.type", compression, "batch.size", "2000")) {
            for (int i = 0; i < 5_000; i++) {
                sent.add(producer.send(record(i)));
            }
        }

        for (int i = 0; i < sent.size(); i++) {
            assertThat(sent.get(i).get().offset()).isEqualTo(i);
        }
        assertNumbered(readAll(), 5_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void aProducerThatWaitsForLessLosesNothingEither(String acks) throws Exception {
        var sent = new ArrayList<Future<RecordMetadata>>();
        try (var producer = producer("acks", acks, "enable.idempotence", "false")) {
            for (int i = 0; i < 1_000; i++) {
                sent.add(producer.send(record(i)));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
        // With acks=0 nobody says when the broker has read the last of them.
        while (list(OffsetSpec.latest()).offset() < 1_000) {
            Thread.onSpinWait();
        }

        assertNumbered(readAll(), 1_000);
    }

    @Test
    void aProducerGoesOnAcrossStopsAndCrashes() throws Exception {
        try (var producer = producer("linger.ms", "0")) {
            int number = 0;
            for (int round = 0; round < 4; round++) {
                var sent = new ArrayList<Future<RecordMetadata>>();
                for (int i = 0; i < 500; i++) {
                    sent.add(producer.send(record(number++)));
                }
                if (round % 2 == 0) {
                    broker.restart();
                } else {
                    broker.kill();
                    broker.start();
                }
                for (Future<RecordMetadata> one : sent) {
                    one.get();
                }
            }
            assertNumbered(readAll(), number);
        }
    }

    @Test
    void headersNullsAndEmptyRecordsComeOutAsTheyWentIn() throws Exception {
        var headers = List.<org.apache.kafka.common.header.Header>of(
                new RecordHeader("zone", bytes("43")),
                new RecordHeader("zone", bytes("44")),
                new RecordHeader("nothing", (byte[]) null));
        try (var producer = producer()) {
            producer.send(new ProducerRecord<>("rides", 0, 1234L, null, bytes("v"), headers))
                    .get();
            producer.send(new ProducerRecord<>("rides", 0, bytes("k"), null)).get();
            producer.send(new ProducerRecord<>("rides", 0, new byte[0], new byte[0]))
                    .get();
        }

        List<ConsumerRecord<byte[], byte[]>> records = readAll();
        assertThat(records.get(0).headers().toArray()).containsExactlyElementsOf(headers);
        assertThat(records.get(0).timestamp()).isEqualTo(1234);
        assertThat(records.get(0).key()).isNull();
        assertThat(records.get(1).value()).isNull();
        assertThat(records.get(2).key()).isEmpty();
        assertThat(records.get(2).value()).isEmpty();
    }

    private void assertRefused(ProducerRecord<byte[], byte[]> record, Class<? extends Exception> error) {
        try (var producer = producer("max.request.size", "10000000")) {
            Future<RecordMetadata> sent = producer.send(record);
            assertThatThrownBy(sent::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(error);
        }
    }

    @Test
    void aRefusedRecordGetsTheErrorThatKafkaGives() throws Exception {
        create("compacted", Map.of("cleanup.policy", "compact"));
        create("small", Map.of("max.message.bytes", "5000"));
        long tomorrow = System.currentTimeMillis() + 86_400_000;

        assertRefused(new ProducerRecord<>("compacted", bytes("no key")), InvalidRecordException.class);
        assertRefused(new ProducerRecord<>("small", new byte[6_000]), RecordTooLargeException.class);
        assertRefused(new ProducerRecord<>("rides", new byte[2_000_000]), RecordTooLargeException.class);
        assertRefused(
                new ProducerRecord<>("rides", 0, tomorrow, null, bytes("early")), InvalidTimestampException.class);
        assertRefused(new ProducerRecord<>("not a topic", bytes("v")), InvalidTopicException.class);
        assertThat(readAll()).isEmpty();
    }

    @Test
    void offsetsAreListedAndRecordsDeleted() throws Exception {
        try (var producer = producer()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("rides", 0, 1_000L * i, null, bytes("v")))
                        .get();
            }
        }

        assertThat(list(OffsetSpec.latest()).offset()).isEqualTo(10);
        assertThat(list(OffsetSpec.forTimestamp(3_500)).offset()).isEqualTo(4);
        assertThat(list(OffsetSpec.maxTimestamp()).timestamp()).isEqualTo(9_000);
        admin.deleteRecords(Map.of(RIDES, RecordsToDelete.beforeOffset(6)))
                .all()
                .get();
        assertThat(list(OffsetSpec.earliest()).offset()).isEqualTo(6);
        assertThat(readAll()).hasSize(4);
        assertThatThrownBy(() -> admin.deleteRecords(Map.of(RIDES, RecordsToDelete.beforeOffset(11)))
                        .all()
                        .get())
                .hasCauseInstanceOf(OffsetOutOfRangeException.class);
        assertThat(admin.describeProducers(List.of(RIDES))
                        .partitionResult(RIDES)
                        .get()
                        .activeProducers())
                .singleElement()
                .satisfies(producer -> assertThat(producer.lastSequence()).isEqualTo(9));
    }

    private ListOffsetsResultInfo list(OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(RIDES, spec)).partitionResult(RIDES).get();
    }

    // ---- the wire

    private static ProduceRequestData request(int acks, int partition, MemoryRecords records) {
        var request = new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1_000);
        request.topicData()
                .add(new TopicProduceData()
                        .setName("rides")
                        .setPartitionData(List.of(
                                new PartitionProduceData().setIndex(partition).setRecords(records))));
        return request;
    }

    private static MemoryRecords records() {
        return MemoryRecords.withRecords(
                org.apache.kafka.common.compress.Compression.NONE,
                new org.apache.kafka.common.record.internal.SimpleRecord(System.currentTimeMillis(), bytes("v")));
    }

    @Test
    void aFailedProduceWithAcksZeroClosesTheConnection() throws Exception {
        try (var client = new WireClient(broker.address())) {
            client.send((short) 9, 1, request(0, 0, records()));
            var answered = client.ask(ProduceResponseData.class, (short) 9, 2, request(1, 0, records()));
            assertThat(answered.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .getFirst()
                            .baseOffset())
                    .isEqualTo(1);
            client.send((short) 9, 3, request(0, 5, records()));
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void pipelinedProducesAreAnsweredInOrder() throws Exception {
        try (var client = new WireClient(broker.address())) {
            for (int i = 0; i < 200; i++) {
                client.send((short) 9, i, request(i % 3 == 0 ? 1 : -1, i % 50 == 49 ? 7 : 0, records()));
            }
            long expectedOffset = 0;
            for (int i = 0; i < 200; i++) {
                var partition = client.receive(ProduceResponseData.class, (short) 9, i)
                        .responses()
                        .iterator()
                        .next()
                        .partitionResponses()
                        .getFirst();
                if (i % 50 == 49) {
                    assertThat(partition.errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
                } else {
                    assertThat(partition.baseOffset()).isEqualTo(expectedOffset++);
                }
            }
        }
    }
}
