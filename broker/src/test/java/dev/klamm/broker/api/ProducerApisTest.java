package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** InitProducerId and DescribeProducers. */
class ProducerApisTest {
    private static final int INIT_VERSION = 5;

    @RegisterExtension
    final OpenTopics open = new OpenTopics();

    private InitProducerIdResponseData init(InitProducerIdRequestData request, int version) throws Exception {
        Answer answer = new InitProducerIdApi(open.topics(), open.transactions())
                .handle(request, OpenTopics.context(ApiKeys.INIT_PRODUCER_ID, version));
        return (InitProducerIdResponseData) OpenTopics.await(answer, version);
    }

    private static InitProducerIdRequestData idempotent() {
        return new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(60_000);
    }

    @Test
    void givesEveryProducerAnIdOfItsOwn() throws Exception {
        Set<Long> ids = new HashSet<>();
        for (int i = 0; i < 2_500; i++) {
            InitProducerIdResponseData response = init(idempotent(), i % (INIT_VERSION + 1));
            assertThat(response.errorCode()).isZero();
            assertThat(response.producerEpoch()).isZero();
            ids.add(response.producerId());
        }
        assertThat(ids).hasSize(2_500).allMatch(id -> id >= 0);
    }

    @Test
    void givesNoIdTwiceAcrossStopsAndCrashes() throws Exception {
        Set<Long> ids = new HashSet<>();
        for (int run = 0; run < 3; run++) {
            ids.add(init(idempotent(), INIT_VERSION).producerId());
            open.restart();
            ids.add(init(idempotent(), INIT_VERSION).producerId());
            open.crash();
        }
        assertThat(ids).hasSize(6);
    }

    @Test
    void givesAFreshIdToAProducerThatHasOne() throws Exception {
        long first = init(idempotent(), INIT_VERSION).producerId();

        var again = init(idempotent().setProducerId(first).setProducerEpoch((short) 0), INIT_VERSION);

        assertThat(again.errorCode()).isZero();
        assertThat(again.producerId()).isNotEqualTo(first);
    }

    @Test
    void refusesHalfAnIdentity() throws Exception {
        for (var request : List.of(idempotent().setProducerId(7), idempotent().setProducerEpoch((short) 7))) {
            InitProducerIdResponseData response = init(request, INIT_VERSION);
            assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.INVALID_REQUEST);
            assertThat(response.producerId()).isEqualTo(-1);
        }
    }

    @Test
    void refusesAnEmptyTransactionalId() throws Exception {
        assertThat(Errors.forCode(
                        init(idempotent().setTransactionalId(""), INIT_VERSION).errorCode()))
                .isEqualTo(Errors.INVALID_REQUEST);
    }

    private PartitionResponse describe(String topic, int partition) throws Exception {
        var request = new DescribeProducersRequestData();
        request.topics().add(new TopicRequest().setName(topic).setPartitionIndexes(List.of(partition)));
        Answer answer = new DescribeProducersApi(open.topics())
                .handle(request, OpenTopics.context(ApiKeys.DESCRIBE_PRODUCERS, 0));
        var response = (DescribeProducersResponseData) OpenTopics.await(answer, 0);
        return response.topics().getFirst().partitions().getFirst();
    }

    @Test
    void describesTheProducersOfAPartition() throws Exception {
        open.create("rides", 1);
        long now = System.currentTimeMillis();
        var records = MemoryRecords.withIdempotentRecords(
                Compression.NONE,
                4711,
                (short) 3,
                40,
                new SimpleRecord(now, new byte[1]),
                new SimpleRecord(now, new byte[1]));
        open.log("rides", 0).append(records.buffer(), Origin.CLIENT);

        PartitionResponse response = describe("rides", 0);

        assertThat(response.activeProducers()).singleElement().satisfies(producer -> {
            assertThat(producer.producerId()).isEqualTo(4711);
            assertThat(producer.producerEpoch()).isEqualTo(3);
            assertThat(producer.lastSequence()).isEqualTo(41);
            assertThat(producer.lastTimestamp()).isEqualTo(now);
            assertThat(producer.currentTxnStartOffset()).isEqualTo(-1);
        });
    }

    @Test
    void describesNothingThatDoesNotExist() throws Exception {
        open.create("rides", 1);

        assertThat(Errors.forCode(describe("rides", 1).errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(Errors.forCode(describe("unknown", 0).errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(Errors.forCode(describe("not a topic", 0).errorCode())).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(describe("rides", 0).activeProducers()).isEmpty();
    }
}
