package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.topic.Topic;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceApiTest {
    private static final int LATEST = ApiKeys.PRODUCE.latestVersion();
    private static final long PRODUCER = 4711;

    @RegisterExtension
    final OpenTopics open = new OpenTopics();

    private Topic rides = new Topic("", Uuid.ZERO_UUID, 0, java.util.Map.of());

    @BeforeEach
    void createTopic() throws InterruptedException {
        rides = open.create("rides", 2);
    }

    // ---- requests

    private static SimpleRecord[] records(int count) {
        long now = System.currentTimeMillis();
        return IntStream.range(0, count)
                .mapToObj(i -> new SimpleRecord(now, bytes("key-" + i), bytes("value-" + i)))
                .toArray(SimpleRecord[]::new);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static MemoryRecords batch(int count) {
        return MemoryRecords.withRecords(Compression.NONE, records(count));
    }

    private static MemoryRecords idempotent(int epoch, int sequence, int count) {
        return MemoryRecords.withIdempotentRecords(Compression.NONE, PRODUCER, (short) epoch, sequence, records(count));
    }

    private static TopicProduceData topic(Topic topic, PartitionProduceData... partitions) {
        return new TopicProduceData()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setPartitionData(List.of(partitions));
    }

    private static PartitionProduceData partition(int index, MemoryRecords records) {
        return new PartitionProduceData().setIndex(index).setRecords(records);
    }

    private static ProduceRequestData request(int acks, TopicProduceData... topics) {
        var request = new ProduceRequestData().setAcks((short) acks).setTimeoutMs(30_000);
        request.topicData().addAll(List.of(topics));
        return request;
    }

    private Answer handle(int version, ProduceRequestData request) throws InterruptedException {
        return new ProduceApi(open.topics(), open.logs(), open.transactions())
                .handle(request, OpenTopics.context(ApiKeys.PRODUCE, version));
    }

    private PartitionProduceResponse produce(int version, int acks, Topic topic, int partition, MemoryRecords records)
            throws InterruptedException {
        Answer answer = handle(version, request(acks, topic(topic, partition(partition, records))));
        var response = (ProduceResponseData) OpenTopics.await(answer, version);
        return response.responses().iterator().next().partitionResponses().getFirst();
    }

    private PartitionProduceResponse produce(MemoryRecords records) throws InterruptedException {
        return produce(LATEST, -1, rides, 0, records);
    }

    private static void assertError(PartitionProduceResponse response, Errors error) {
        assertThat(Errors.forCode(response.errorCode()))
                .as(response.errorMessage())
                .isEqualTo(error);
        assertThat(response.baseOffset()).isEqualTo(error == Errors.NONE ? response.baseOffset() : -1);
    }

    private static void assertAppended(PartitionProduceResponse response, long baseOffset) {
        assertError(response, Errors.NONE);
        assertThat(response.baseOffset()).isEqualTo(baseOffset);
    }

    private List<Record> stored(String topic, int partition) {
        var records = new ArrayList<Record>();
        var read = open.log(topic, partition).read(0, 1 << 20, true, ReadBound.HIGH_WATERMARK);
        for (ByteBuffer buffer : ((ReadResult.InMemory) read).buffers()) {
            MemoryRecords.readableRecords(buffer.duplicate()).records().forEach(records::add);
        }
        return records;
    }

    // ---- acks

    @ParameterizedTest
    @ValueSource(ints = {1, -1})
    void acknowledgesWithTheOffsetsItGave(int acks) throws Exception {
        assertAppended(produce(LATEST, acks, rides, 0, batch(3)), 0);
        assertAppended(produce(LATEST, acks, rides, 0, batch(2)), 3);
        assertAppended(produce(LATEST, acks, rides, 1, batch(1)), 0);

        assertThat(open.log("rides", 0).logEndOffset()).isEqualTo(5);
    }

    @Test
    void whatIsAcknowledgedToAllIsVisible() throws Exception {
        produce(LATEST, -1, rides, 0, batch(3));

        assertThat(open.log("rides", 0).highWatermark()).isEqualTo(3);
        assertThat(stored("rides", 0)).hasSize(3);
    }

    @Test
    void answersNothingToAcksZero() throws Exception {
        Answer answer = handle(LATEST, request(0, topic(rides, partition(0, batch(1)))));

        assertThat(answer).isEqualTo(new Answer.None());
        assertThat(open.log("rides", 0).logEndOffset()).isEqualTo(1);
    }

    @Test
    void closesTheConnectionWhenAProduceWithAcksZeroFails() throws Exception {
        Answer answer = handle(LATEST, request(0, topic(rides, partition(0, batch(1)), partition(9, batch(1)))));

        assertThat(answer).isInstanceOf(Answer.Close.class);
        assertThat(((Answer.Close) answer).reason()).contains("UNKNOWN_TOPIC_OR_PARTITION");
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, 2, 100})
    void refusesAcksThatDoNotExist(int acks) throws Exception {
        assertError(produce(LATEST, acks, rides, 0, batch(1)), Errors.INVALID_REQUIRED_ACKS);
        assertThat(open.log("rides", 0).logEndOffset()).isZero();
    }

    @Test
    void answersEveryVersionItServes() throws Exception {
        for (int version = ApiKeys.PRODUCE.oldestVersion(); version <= LATEST; version++) {
            assertAppended(produce(version, -1, rides, 0, batch(1)), version - ApiKeys.PRODUCE.oldestVersion());
            assertError(produce(version, -1, rides, 7, batch(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    @Test
    void answersEachPartitionForItself() throws Exception {
        MemoryRecords corrupt = batch(1);
        corrupt.buffer().put(corrupt.buffer().limit() - 1, (byte) 99);
        var request = request(-1, topic(rides, partition(0, corrupt), partition(1, batch(2)), partition(2, batch(1))));

        var response = (ProduceResponseData) OpenTopics.await(handle(LATEST, request), LATEST);

        assertThat(response.responses().iterator().next().partitionResponses())
                .extracting(PartitionProduceResponse::index, p -> Errors.forCode(p.errorCode()))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0, Errors.CORRUPT_MESSAGE),
                        org.assertj.core.groups.Tuple.tuple(1, Errors.NONE),
                        org.assertj.core.groups.Tuple.tuple(2, Errors.UNKNOWN_TOPIC_OR_PARTITION));
    }

    // ---- topics

    @Test
    void refusesTopicsThatItDoesNotKnow() throws Exception {
        var unknown = new Topic("unknown", Uuid.randomUuid(), 1, java.util.Map.of());

        assertError(produce(12, -1, unknown, 0, batch(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertError(produce(13, -1, unknown, 0, batch(1)), Errors.UNKNOWN_TOPIC_ID);
        assertError(produce(13, -1, rides, 2, batch(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertError(produce(13, -1, rides, -1, batch(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void letsNoOneWriteToInternalTopicsButTheAdminClient() throws Exception {
        Topic offsets = open.topics().offsetsTopic();
        var request = request(-1, topic(offsets, partition(0, batch(1))));

        assertError(produce(LATEST, -1, offsets, 0, batch(1)), Errors.INVALID_TOPIC_EXCEPTION);
        Answer admin = new ProduceApi(open.topics(), open.logs(), open.transactions())
                .handle(request, OpenTopics.context(ApiKeys.PRODUCE, LATEST, "__admin_client"));
        assertThat(admin).isInstanceOf(Answer.Later.class);
    }

    @Test
    void letsNoOneWriteToTheMetadataLog() throws Exception {
        var metadata = new Topic("__cluster_metadata", Uuid.METADATA_TOPIC_ID, 1, java.util.Map.of());

        assertError(produce(12, -1, metadata, 0, batch(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertError(produce(13, -1, metadata, 0, batch(1)), Errors.UNKNOWN_TOPIC_ID);
    }

    // ---- idempotent producers

    @Test
    void answersADuplicateWithTheOffsetsOfTheOriginal() throws Exception {
        produce(batch(10));
        assertAppended(produce(idempotent(0, 0, 3)), 10);
        assertAppended(produce(idempotent(0, 3, 2)), 13);

        assertAppended(produce(idempotent(0, 0, 3)), 10);
        assertAppended(produce(idempotent(0, 3, 2)), 13);
        assertThat(open.log("rides", 0).logEndOffset()).isEqualTo(15);
    }

    @Test
    void refusesSequencesOutOfOrder() throws Exception {
        produce(idempotent(0, 0, 3));

        assertError(produce(idempotent(0, 4, 1)), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertError(produce(idempotent(1, 3, 1)), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void fencesAnOldEpoch() throws Exception {
        produce(idempotent(1, 0, 1));

        assertError(produce(idempotent(0, 1, 1)), Errors.INVALID_PRODUCER_EPOCH);
        assertAppended(produce(idempotent(2, 0, 1)), 1);
    }

    @Test
    void goesOnAtZeroBehindTheLastSequence() throws Exception {
        assertAppended(produce(idempotent(0, Integer.MAX_VALUE - 1, 2)), 0);
        assertAppended(produce(idempotent(0, 0, 1)), 2);
        assertAppended(produce(idempotent(0, Integer.MAX_VALUE - 1, 2)), 0);
    }

    @Test
    void knowsProducersAfterACleanStop() throws Exception {
        produce(idempotent(0, 0, 3));

        open.restart();

        assertAppended(produce(idempotent(0, 0, 3)), 0);
        assertError(produce(idempotent(0, 5, 1)), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertAppended(produce(idempotent(0, 3, 1)), 3);
    }

    @Test
    void knowsProducersAfterACrash() throws Exception {
        produce(idempotent(0, 0, 3));
        produce(idempotent(0, 3, 1));

        open.crash();

        assertAppended(produce(idempotent(0, 3, 1)), 3);
        assertError(produce(idempotent(0, 5, 1)), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertAppended(produce(idempotent(0, 4, 1)), 4);
    }

    @Test
    void refusesTransactionalRecordsWithoutATransactionalId() throws Exception {
        MemoryRecords records =
                MemoryRecords.withTransactionalRecords(Compression.NONE, PRODUCER, (short) 0, 0, records(1));

        assertError(produce(records), Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    // ---- records

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void storesEachCompressionAsItCame(CompressionType type) throws Exception {
        produce(MemoryRecords.withRecords(Compression.of(type).build(), records(50)));
        produce(batch(1));

        List<Record> stored = stored("rides", 0);
        assertThat(stored).hasSize(51);
        assertThat(stored)
                .extracting(Record::offset)
                .isEqualTo(IntStream.range(0, 51).mapToObj(i -> (long) i).toList());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void recompressesToWhatTheTopicWants(CompressionType type) throws Exception {
        Topic zipped = open.create("zipped", 1, "compression.type", "zstd");

        assertAppended(
                produce(
                        LATEST,
                        -1,
                        zipped,
                        0,
                        MemoryRecords.withRecords(Compression.of(type).build(), records(50))),
                0);

        var read = (ReadResult.InMemory) open.log("zipped", 0).read(0, 1 << 20, true, ReadBound.HIGH_WATERMARK);
        for (RecordBatch batch : MemoryRecords.readableRecords(
                        read.buffers().getFirst().duplicate())
                .batches()) {
            batch.ensureValid();
            assertThat(batch.compressionType()).isEqualTo(CompressionType.ZSTD);
        }
        assertThat(stored("zipped", 0)).hasSize(50);
    }

    @Test
    void refusesZstdFromVersionsThatDoNotHaveIt() throws Exception {
        MemoryRecords zstd = MemoryRecords.withRecords(Compression.zstd().build(), records(1));

        assertError(produce(6, -1, rides, 0, zstd), Errors.UNSUPPORTED_COMPRESSION_TYPE);
        assertAppended(produce(7, -1, rides, 0, zstd), 0);
    }

    @Test
    void saysWhichRecordsOfACompactedTopicLackAKey() throws Exception {
        Topic compacted = open.create("compacted", 1, "cleanup.policy", "compact");
        var withoutKey = new SimpleRecord(System.currentTimeMillis(), null, bytes("v"));
        MemoryRecords records =
                MemoryRecords.withRecords(Compression.NONE, records(1)[0], withoutKey, records(1)[0], withoutKey);

        PartitionProduceResponse response = produce(LATEST, -1, compacted, 0, records);

        assertError(response, Errors.INVALID_RECORD);
        assertThat(response.recordErrors())
                .extracting(BatchIndexAndErrorMessage::batchIndex)
                .containsExactly(1, 3);
        assertThat(response.errorMessage()).contains("key");
    }

    @Test
    void stampsRecordsWithLogAppendTime() throws Exception {
        Topic stamped = open.create("stamped", 1, "message.timestamp.type", "LogAppendTime");

        PartitionProduceResponse response = produce(
                LATEST,
                -1,
                stamped,
                0,
                MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(5, null, bytes("v"))));

        assertThat(response.logAppendTimeMs()).isGreaterThan(1_700_000_000_000L);
        assertThat(stored("stamped", 0)).extracting(Record::timestamp).containsExactly(response.logAppendTimeMs());
    }

    @Test
    void refusesTimestampsOutOfBounds() throws Exception {
        Topic bounded = open.create("bounded", 1, "message.timestamp.before.max.ms", "60000");
        long now = System.currentTimeMillis();
        var old = new SimpleRecord(now - 120_000, null, bytes("v"));
        var early = new SimpleRecord(now + 7_200_000, null, bytes("v"));

        assertError(
                produce(LATEST, -1, bounded, 0, MemoryRecords.withRecords(Compression.NONE, old)),
                Errors.INVALID_TIMESTAMP);
        assertError(produce(MemoryRecords.withRecords(Compression.NONE, early)), Errors.INVALID_TIMESTAMP);
        assertAppended(produce(MemoryRecords.withRecords(Compression.NONE, old)), 0);
    }

    @Test
    void refusesWhatIsTooLarge() throws Exception {
        Topic small = open.create("small", 1, "max.message.bytes", "1000");
        var large = new SimpleRecord(System.currentTimeMillis(), null, new byte[1000]);

        assertError(
                produce(LATEST, -1, small, 0, MemoryRecords.withRecords(Compression.NONE, large)),
                Errors.MESSAGE_TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 1})
    void refusesMessageSetsOfOldFormats(byte magic) throws Exception {
        var record = new SimpleRecord(System.currentTimeMillis(), null, bytes("v"));

        assertError(produce(MemoryRecords.withRecords(magic, Compression.NONE, record)), Errors.INVALID_RECORD);
        assertError(
                produce(MemoryRecords.withRecords(magic, Compression.gzip().build(), record)), Errors.INVALID_RECORD);
    }

    @Test
    void refusesNoRecordsAtAll() throws Exception {
        assertError(produce(MemoryRecords.EMPTY), Errors.INVALID_RECORD);
        assertThat(handle(LATEST, request(-1, topic(rides, new PartitionProduceData().setIndex(0)))))
                .isInstanceOf(Answer.Now.class);
    }
}
