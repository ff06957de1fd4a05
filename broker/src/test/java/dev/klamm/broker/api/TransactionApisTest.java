package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.txn.TransactionCoordinator;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The APIs of transactions, each in the errors that its versions know. */
class TransactionApisTest {
    private static final String ID = "t";
    private static final int INIT = 6;
    private static final int ADD = 3;
    private static final int ADD_OF_BROKERS = 5;
    private static final int END = 5;

    @RegisterExtension
    final OpenTopics open = new OpenTopics();

    private TransactionCoordinator coordinator;

    @BeforeEach
    void createTopics() throws Exception {
        open.create("rides", 2);
        coordinator = open.transactions();
    }

    @ParameterizedTest
    @CsvSource({"3, INVALID_PRODUCER_EPOCH", "4, PRODUCER_FENCED", "6, PRODUCER_FENCED"})
    void initProducerIdFences(int version, Errors expected) throws Exception {
        InitProducerIdResponseData first = init(request(), INIT);
        init(request(), INIT);

        var again = init(request().setProducerId(first.producerId()).setProducerEpoch((short) 0), version);

        assertThat(Errors.forCode(again.errorCode())).isEqualTo(expected);
        assertThat(again.producerId()).isEqualTo(-1);
    }

    @Test
    void initProducerIdKeepsNothingThatIsPrepared() throws Exception {
        assertThat(Errors.forCode(init(request().setKeepPreparedTxn(true), INIT).errorCode()))
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(Errors.forCode(init(request().setEnable2Pc(true), INIT).errorCode()))
                .isEqualTo(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        assertThat(Errors.forCode(
                        init(request().setTransactionTimeoutMs(0), INIT).errorCode()))
                .isEqualTo(Errors.INVALID_TRANSACTION_TIMEOUT);
    }

    @ParameterizedTest
    @CsvSource({"1, INVALID_PRODUCER_EPOCH", "2, PRODUCER_FENCED", "3, PRODUCER_FENCED"})
    void addPartitionsFences(int version, Errors expected) throws Exception {
        long id = init(request(), INIT).producerId();
        init(request(), INIT);

        assertThat(add(id, 0, version, 0)).containsExactly(expected);
    }

    @Test
    void addPartitionsAddsAllOrNone() throws Exception {
        long id = init(request(), INIT).producerId();

        assertThat(add(id, 0, ADD, 0, 7))
                .containsExactly(Errors.OPERATION_NOT_ATTEMPTED, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(add(id, 0, ADD, 0, 1)).containsExactly(Errors.NONE, Errors.NONE);
        assertThat(add(id + 1, 0, ADD, 0)).containsExactly(Errors.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void addPartitionsOfBrokersIsForManyAndMayJustAsk() throws Exception {
        long id = init(request(), INIT).producerId();
        add(id, 0, ADD, 0);
        var asks = ofBrokers(id, true, 0, 1);
        var adds = ofBrokers(id, false, 1).setTransactionalId("unknown");
        var request = new AddPartitionsToTxnRequestData();
        request.transactions().add(asks);
        request.transactions().add(adds);

        var response = (AddPartitionsToTxnResponseData)
                answer(new AddPartitionsToTxnApi(open.topics(), coordinator), request, ADD_OF_BROKERS);

        assertThat(errors(response.resultsByTransaction().find(ID).topicResults()))
                .containsExactly(Errors.NONE, Errors.TRANSACTION_ABORTABLE);
        assertThat(errors(response.resultsByTransaction().find("unknown").topicResults()))
                .containsExactly(Errors.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void addOffsetsAddsTheGroupsPartition() throws Exception {
        long id = init(request(), INIT).producerId();

        assertThat(addOffsets(id, 0, 4)).isEqualTo(Errors.NONE);

        assertThat(describe(ID).topics().find("__consumer_offsets").partitions())
                .containsExactly(17);
        assertThat(addOffsets(id, 1, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
        assertThat(addOffsets(id, 1, 4)).isEqualTo(Errors.PRODUCER_FENCED);
    }

    @ParameterizedTest
    @CsvSource({
        "1, INVALID_PRODUCER_EPOCH, -1, -1",
        "2, PRODUCER_FENCED, -1, -1",
        "4, PRODUCER_FENCED, -1, -1",
        "5, PRODUCER_FENCED, -1, -1"
    })
    void endTxnFences(int version, Errors expected, long producerId, short epoch) throws Exception {
        long id = init(request(), INIT).producerId();
        add(id, 0, ADD, 0);

        EndTxnResponseData ended = end(id, 9, true, version);

        assertThat(Errors.forCode(ended.errorCode())).isEqualTo(expected);
        assertThat(ended.producerId()).isEqualTo(producerId);
        assertThat(ended.producerEpoch()).isEqualTo(epoch);
    }

    @Test
    void endTxnSaysWhatTheProducerGoesOnWithFromVersion5On() throws Exception {
        long id = init(request(), INIT).producerId();
        add(id, 0, ADD, 0);
        EndTxnResponseData older = end(id, 0, true, END - 1);
        assertThat(Errors.forCode(older.errorCode())).isEqualTo(Errors.NONE);
        assertThat(older.producerId()).isEqualTo(-1);
        assertThat(Errors.forCode(end(id, 0, false, END - 1).errorCode())).isEqualTo(Errors.INVALID_TXN_STATE);
        add(id, 0, ADD, 0);

        EndTxnResponseData newer = end(id, 0, false, END);

        assertThat(Errors.forCode(newer.errorCode())).isEqualTo(Errors.NONE);
        assertThat(newer.producerId()).isEqualTo(id);
        assertThat(newer.producerEpoch()).isEqualTo((short) 1);
    }

    /** Which partition was added beforehand; the version of Produce; the epoch; what comes of it. */
    @ParameterizedTest
    @CsvSource({
        "none, 10, 0, INVALID_TXN_STATE",
        "none, 11, 0, TRANSACTION_ABORTABLE",
        "none, 12, 0, NONE",
        "none, 13, 0, NONE",
        "rides, 9, 0, NONE",
        "rides, 11, 0, NONE",
        "rides, 11, 1, INVALID_PRODUCER_EPOCH",
        "none, 12, 1, INVALID_PRODUCER_EPOCH"
    })
    void transactionalRecordsAreTakenIfTheirPartitionIsPartOfTheTransaction(
            String added, int version, short epoch, Errors expected) throws Exception {
        long id = init(request(), INIT).producerId();
        if (added.equals("rides")) {
            add(id, 0, ADD, 0);
        }

        assertThat(produce(ID, id, epoch, version)).isEqualTo(expected);
    }

    @Test
    void transactionalRecordsOfNobodyAreRefused() throws Exception {
        init(request(), INIT);

        assertThat(produce(null, 1, 0, 12)).isEqualTo(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        assertThat(produce(ID, 12345, 0, 12)).isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
        assertThat(produce("", 1, 0, 12)).isEqualTo(Errors.INVALID_REQUEST);
        open.topics().delete(List.of(open.topics().transactionsTopic().id()));
        assertThat(produce(ID, 1, 0, 12)).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    }

    @ParameterizedTest
    @CsvSource({"11, NOT_ENOUGH_REPLICAS", "12, CONCURRENT_TRANSACTIONS"})
    void recordsOfTheNextTransactionWaitUntilTheLastHasEnded(int version, Errors expected) throws Exception {
        long id = init(request(), INIT).producerId();
        coordinator = new TransactionCoordinator(open.topics(), open.logs(), (partition, marker) -> {
            throw new IllegalStateException("not now");
        });
        addOffsets(id, 0, 4);
        try {
            end(id, 0, true, END);
        } catch (IllegalStateException notNow) {
            assertThat(notNow).hasMessage("not now");
        }

        assertThat(produce(ID, id, 1, version)).isEqualTo(expected);
        coordinator.close();
    }

    @Test
    void aProducersMarkersAreWrittenForAnAdministrator() throws Exception {
        long id = init(request(), INIT).producerId();
        produce(ID, id, 0, 12);
        var marker = new WritableTxnMarker()
                .setProducerId(id)
                .setProducerEpoch((short) 0)
                .setCoordinatorEpoch(0)
                .setTransactionResult(false)
                .setTopics(List.of(new WritableTxnMarkerTopic().setName("rides").setPartitionIndexes(List.of(0, 9))));
        var request = new WriteTxnMarkersRequestData().setMarkers(List.of(marker));

        var response =
                (WriteTxnMarkersResponseData) answer(new WriteTxnMarkersApi(coordinator, open.logs()), request, 1);

        assertThat(response.markers().getFirst().topics().getFirst().partitions())
                .extracting(partition -> Errors.forCode(partition.errorCode()))
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(open.log("rides", 0).lastStableOffset())
                .isEqualTo(open.log("rides", 0).logEndOffset());
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "7, -1"})
    void aMarkerOfNoProducerIsRefused(long producerId, short epoch) throws Exception {
        var marker = new WritableTxnMarker()
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setTopics(List.of(new WritableTxnMarkerTopic().setName("rides").setPartitionIndexes(List.of(0))));
        var request = new WriteTxnMarkersRequestData().setMarkers(List.of(marker));

        var response =
                (WriteTxnMarkersResponseData) answer(new WriteTxnMarkersApi(coordinator, open.logs()), request, 2);

        assertThat(Errors.forCode(response.markers()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .errorCode()))
                .isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void theCoordinatorOfATransactionIsThisBrokerAndItsTopicIsReady() throws Exception {
        var request = new FindCoordinatorRequestData().setKeyType((byte) 1).setCoordinatorKeys(List.of(ID));

        var response = (FindCoordinatorResponseData) answer(new FindCoordinatorApi(open.topics()), request, 6);

        assertThat(response.coordinators().getFirst().errorCode()).isZero();
        assertThat(response.coordinators().getFirst().nodeId())
                .isEqualTo(open.topics().nodeId());
        var topic = open.topics().byName("__transaction_state").orElseThrow();
        assertThat(topic.partitionCount()).isEqualTo(50);
        assertThat(new TreeMap<>(topic.overrides()))
                .hasToString("{cleanup.policy=compact, compression.type=uncompressed, min.insync.replicas=2,"
                        + " segment.bytes=104857600, unclean.leader.election.enable=false}");
    }

    @Test
    void filtersThatNobodyKnowsAreNamed() throws Exception {
        init(request(), INIT);
        var request = new ListTransactionsRequestData().setStateFilters(List.of("Empty", "Full"));

        var response = (ListTransactionsResponseData) answer(new ListTransactionsApi(coordinator), request, 2);

        assertThat(response.unknownStateFilters()).containsExactly("Full");
        assertThat(response.transactionStates())
                .extracting(ListTransactionsResponseData.TransactionState::transactionalId)
                .containsExactly(ID);
        var onlyUnknown = new ListTransactionsRequestData().setStateFilters(List.of("Full"));
        assertThat(((ListTransactionsResponseData) answer(new ListTransactionsApi(coordinator), onlyUnknown, 2))
                        .transactionStates())
                .isEmpty();
    }

    private static InitProducerIdRequestData request() {
        return new InitProducerIdRequestData().setTransactionalId(ID).setTransactionTimeoutMs(60_000);
    }

    private InitProducerIdResponseData init(InitProducerIdRequestData request, int version) throws Exception {
        return (InitProducerIdResponseData) answer(new InitProducerIdApi(open.topics(), coordinator), request, version);
    }

    private List<Errors> add(long producerId, int epoch, int version, Integer... partitions) throws Exception {
        var request = new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(ID)
                .setV3AndBelowProducerId(producerId)
                .setV3AndBelowProducerEpoch((short) epoch);
        request.v3AndBelowTopics()
                .add(new AddPartitionsToTxnTopic().setName("rides").setPartitions(List.of(partitions)));
        var response = (AddPartitionsToTxnResponseData)
                answer(new AddPartitionsToTxnApi(open.topics(), coordinator), request, version);
        return errors(response.resultsByTopicV3AndBelow());
    }

    private static AddPartitionsToTxnTransaction ofBrokers(long producerId, boolean verifyOnly, Integer... partitions) {
        var transaction = new AddPartitionsToTxnTransaction()
                .setTransactionalId(ID)
                .setProducerId(producerId)
                .setProducerEpoch((short) 0)
                .setVerifyOnly(verifyOnly);
        transaction.topics().add(new AddPartitionsToTxnTopic().setName("rides").setPartitions(List.of(partitions)));
        return transaction;
    }

    /** By partition. */
    private static List<Errors> errors(Iterable<AddPartitionsToTxnTopicResult> topics) {
        var errors = new TreeMap<Integer, Errors>();
        topics.forEach(topic -> topic.resultsByPartition()
                .forEach(partition ->
                        errors.put(partition.partitionIndex(), Errors.forCode(partition.partitionErrorCode()))));
        return List.copyOf(errors.values());
    }

    private Errors addOffsets(long producerId, int epoch, int version) throws Exception {
        var request = new AddOffsetsToTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setGroupId("riders");
        var response = (AddOffsetsToTxnResponseData)
                answer(new AddOffsetsToTxnApi(open.topics(), coordinator), request, version);
        return Errors.forCode(response.errorCode());
    }

    private EndTxnResponseData end(long producerId, int epoch, boolean isCommit, int version) throws Exception {
        var request = new EndTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setCommitted(isCommit);
        return (EndTxnResponseData) answer(new EndTxnApi(coordinator), request, version);
    }

    private DescribeTransactionsResponseData.TransactionState describe(String transactionalId) throws Exception {
        var request = new DescribeTransactionsRequestData().setTransactionalIds(List.of(transactionalId));
        return ((DescribeTransactionsResponseData) answer(new DescribeTransactionsApi(coordinator), request, 0))
                .transactionStates()
                .getFirst();
    }

    private Errors produce(@Nullable String transactionalId, long producerId, int epoch, int version) throws Exception {
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE, producerId, (short) epoch, 0, new SimpleRecord(1, new byte[1], new byte[1]));
        var topic = new TopicProduceData()
                .setName("rides")
                .setTopicId(open.topics().byName("rides").orElseThrow().id())
                .setPartitionData(List.of(new PartitionProduceData().setIndex(0).setRecords(records)));
        var request = new ProduceRequestData()
                .setTransactionalId(transactionalId)
                .setAcks((short) -1)
                .setTimeoutMs(30_000);
        request.topicData().add(topic);
        var response =
                (ProduceResponseData) answer(new ProduceApi(open.topics(), open.logs(), coordinator), request, version);
        return Errors.forCode(response.responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst()
                .errorCode());
    }

    private static <Q extends ApiMessage> ApiMessage answer(Api<Q> api, Q request, int version) throws Exception {
        return OpenTopics.await(api.handle(request, OpenTopics.context(ApiKeys.forId(api.key().id), version)), version);
    }
}
