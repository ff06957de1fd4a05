package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import dev.klamm.broker.WireClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets in transactions, over the wire, in all versions and with Kafka's own producer. */
class TxnOffsetCommitApiTest {
    private static final String ID = "counter";
    private static final String GROUP = "riders";
    private static final TopicPartition RIDES = new TopicPartition("rides", 0);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    private WireClient client;

    @BeforeEach
    void createTopic() throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic(RIDES.topic(), 1, (short) 1)))
                .all()
                .get();
        client = new WireClient(broker.address());
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2, 3, 4, 5})
    void everyVersionCommitsWithTheTransaction(short version) throws Exception {
        InitProducerIdResponseData producer = initialize();
        addOffsets(producer, version);

        assertThat(commit(producer, version, 42)).isEqualTo(Errors.NONE);
        assertThat(fetch(true)).isEqualTo("UNSTABLE_OFFSET_COMMIT -1");
        assertThat(fetch(false)).isEqualTo("NONE -1");
        assertThat(end(producer, version)).isEqualTo(Errors.NONE);

        assertThat(fetch(true)).isEqualTo("NONE 42");
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, 3, 4})
    void aGroupThatIsNotPartOfTheTransactionIsRefused(short version) throws Exception {
        InitProducerIdResponseData producer = initialize();

        assertThat(commit(producer, version, 42))
                .isEqualTo(version < 4 ? Errors.INVALID_TXN_STATE : Errors.TRANSACTION_ABORTABLE);
        assertThat(fetch(true)).isEqualTo("NONE -1");
    }

    @ParameterizedTest
    @ValueSource(shorts = {3, 4, 5})
    void aProducerThatHasBeenReplacedIsRefused(short version) throws Exception {
        InitProducerIdResponseData old = initialize();
        initialize();

        assertThat(commit(old, version, 42)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void whatIsNotThereIsNamedAndTheRestIsCommitted() throws Exception {
        InitProducerIdResponseData producer = initialize();
        var request = request(producer, 42);
        request.topics().getFirst().partitions().add(new TxnOffsetCommitRequestPartition().setPartitionIndex(7));
        request.topics()
                .add(new TxnOffsetCommitRequestTopic()
                        .setName("nowhere")
                        .setPartitions(List.of(new TxnOffsetCommitRequestPartition())));

        var response = client.ask(TxnOffsetCommitResponseData.class, (short) 5, 1, request);

        assertThat(response.topics().stream()
                        .flatMap(topic -> topic.partitions().stream()
                                .map(p ->
                                        topic.name() + "-" + p.partitionIndex() + " " + Errors.forCode(p.errorCode()))))
                .containsExactlyInAnyOrder(
                        "rides-0 NONE", "rides-7 UNKNOWN_TOPIC_OR_PARTITION", "nowhere-0 UNKNOWN_TOPIC_OR_PARTITION");
    }

    @Test
    void aGroupNeedsAName() throws Exception {
        var request = request(initialize(), 42).setGroupId("");

        assertThat(error(client.ask(TxnOffsetCommitResponseData.class, (short) 5, 1, request)))
                .isEqualTo(Errors.INVALID_GROUP_ID);
    }

    @Test
    void theOffsetsOfKafkasProducerAreCommittedWithItsRecordsOverARestart() throws Exception {
        try (var producer = producer();
                var consumer = consumer()) {
            ConsumerGroupMetadata group = consumer.groupMetadata();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("rides", "a")).get();
            producer.sendOffsetsToTransaction(Map.of(RIDES, new OffsetAndMetadata(3)), group);
            producer.commitTransaction();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(RIDES, new OffsetAndMetadata(9)), group);
            producer.abortTransaction();
        }
        assertThat(fetch(true)).isEqualTo("NONE 3");

        broker.restart();
        client.close();
        client = new WireClient(broker.address());

        assertThat(fetch(true)).isEqualTo("NONE 3");
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "transactional.id", ID),
                new StringSerializer(),
                new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer() {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "group.id", GROUP),
                new StringDeserializer(),
                new StringDeserializer());
    }

    private InitProducerIdResponseData initialize() throws IOException {
        var request = new InitProducerIdRequestData().setTransactionalId(ID).setTransactionTimeoutMs(60_000);
        var response = client.ask(InitProducerIdResponseData.class, (short) 4, 1, request);
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        return response;
    }

    private void addOffsets(InitProducerIdResponseData producer, short version) throws IOException {
        if (version < 5) {
            var request = new AddOffsetsToTxnRequestData()
                    .setTransactionalId(ID)
                    .setProducerId(producer.producerId())
                    .setProducerEpoch(producer.producerEpoch())
                    .setGroupId(GROUP);
            var response = client.ask(AddOffsetsToTxnResponseData.class, (short) 3, 1, request);
            assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        }
    }

    private Errors commit(InitProducerIdResponseData producer, short version, long offset) throws IOException {
        return error(client.ask(TxnOffsetCommitResponseData.class, version, 1, request(producer, offset)));
    }

    private static Errors error(TxnOffsetCommitResponseData response) {
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    private static TxnOffsetCommitRequestData request(InitProducerIdResponseData producer, long offset) {
        var topic = new TxnOffsetCommitRequestTopic().setName(RIDES.topic());
        topic.partitions()
                .add(new TxnOffsetCommitRequestPartition()
                        .setPartitionIndex(0)
                        .setCommittedOffset(offset)
                        .setCommittedMetadata(null));
        var request = new TxnOffsetCommitRequestData()
                .setTransactionalId(ID)
                .setGroupId(GROUP)
                .setProducerId(producer.producerId())
                .setProducerEpoch(producer.producerEpoch());
        request.topics().add(topic);
        return request;
    }

    private Errors end(InitProducerIdResponseData producer, short version) throws IOException {
        var request = new EndTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producer.producerId())
                .setProducerEpoch(producer.producerEpoch())
                .setCommitted(true);
        short ending = (short) (version < 5 ? 4 : 5);
        return Errors.forCode(
                client.ask(EndTxnResponseData.class, ending, 1, request).errorCode());
    }

    private String fetch(boolean requireStable) throws IOException {
        var topic = new OffsetFetchRequestTopics().setName(RIDES.topic()).setPartitionIndexes(List.of(0));
        var request = new OffsetFetchRequestData()
                .setRequireStable(requireStable)
                .setGroups(
                        List.of(new OffsetFetchRequestGroup().setGroupId(GROUP).setTopics(List.of(topic))));
        var response = client.ask(OffsetFetchResponseData.class, (short) 9, 1, request);
        var partition =
                response.groups().getFirst().topics().getFirst().partitions().getFirst();
        return Errors.forCode(partition.errorCode()) + " " + partition.committedOffset();
    }
}
