package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.topic.Topic;
import dev.klamm.log.AppendResult;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.Verification;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Fetch, ListOffsets and DescribeProducers tell of transactions. */
@Timeout(60)
class ReadCommittedTest {
    private static final String RIDES = "rides";
    private static final long T0 = 1_000_000;
    private static final int FETCH_VERSION = 17;

    @RegisterExtension
    final OpenTopics open = new OpenTopics();

    private Topic rides;

    @BeforeEach
    void create() throws Exception {
        rides = open.create(RIDES, 1);
    }

    private PartitionLog log() {
        return open.log(RIDES, 0);
    }

    private void synced(AppendResult result) throws Exception {
        open.logs().awaitSynced(((AppendResult.Appended) result).lsn());
    }

    private static SimpleRecord record(long number) {
        return new SimpleRecord(T0 + number, new byte[10]);
    }

    private void plain(long number) throws Exception {
        ByteBuffer batch =
                MemoryRecords.withRecords(Compression.NONE, record(number)).buffer();
        synced(log().append(batch, Origin.CLIENT));
    }

    private void begin(long producerId, long number) throws Exception {
        ByteBuffer batch = MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producerId, (short) 0, 0, record(number))
                .buffer();
        Verification ticket =
                log().beginVerification(producerId, (short) 0, 0, false).orElseThrow();
        synced(log().append(batch, Origin.CLIENT, ticket));
    }

    private void end(long producerId, boolean isCommit) throws Exception {
        synced(log().endTransaction(new EndTransaction(producerId, (short) 0, 5, isCommit, 1)));
    }

    private PartitionData fetch(IsolationLevel isolation, long offset, int maxWaitMs) throws Exception {
        return fetch(new FetchApi(open.topics(), 1 << 20, 10), isolation, offset, maxWaitMs);
    }

    private PartitionData fetch(FetchApi api, IsolationLevel isolation, long offset, int maxWaitMs) throws Exception {
        FetchPartition partition =
                new FetchPartition().setPartition(0).setFetchOffset(offset).setPartitionMaxBytes(1 << 20);
        FetchRequestData request = new FetchRequestData()
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setIsolationLevel(isolation.id())
                .setTopics(List.of(new FetchTopic().setTopicId(rides.id()).setPartitions(List.of(partition))));
        Answer.Now answer = (Answer.Now) api.handle(request, OpenTopics.context(ApiKeys.FETCH, FETCH_VERSION));
        return ((FetchResponseData) answer.response())
                .responses()
                .getFirst()
                .partitions()
                .getFirst();
    }

    private static long endOf(PartitionData found) {
        return ((FetchedRecords) found.records()).records().endOffset();
    }

    private long offset(IsolationLevel isolation, long timestamp) throws Exception {
        ListOffsetsRequestData request = new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setIsolationLevel(isolation.id())
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(RIDES)
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setCurrentLeaderEpoch(-1)
                                .setTimestamp(timestamp)))));
        Answer answer = new ListOffsetsApi(open.topics()).handle(request, OpenTopics.context(ApiKeys.LIST_OFFSETS, 10));
        return ((ListOffsetsResponseData) OpenTopics.await(answer, 10))
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .offset();
    }

    // ---- fetches

    @Test
    void whoReadsCommittedRecordsGetsWhatIsDecided() throws Exception {
        plain(0);
        begin(7, 1);
        plain(2);

        PartitionData found = fetch(IsolationLevel.READ_COMMITTED, 0, 0);

        assertThat(endOf(found)).isEqualTo(1);
        assertThat(found.lastStableOffset()).isEqualTo(1);
        assertThat(found.highWatermark()).isEqualTo(3);
        assertThat(found.abortedTransactions()).isEmpty();
    }

    @Test
    void whoReadsAllRecordsGetsThemAndNoAbortedTransactions() throws Exception {
        plain(0);
        begin(7, 1);

        PartitionData found = fetch(IsolationLevel.READ_UNCOMMITTED, 0, 0);

        assertThat(endOf(found)).isEqualTo(2);
        assertThat(found.lastStableOffset()).isEqualTo(1);
        assertThat(found.abortedTransactions()).isNull();
    }

    @Test
    void abortedTransactionsAreNamedWithTheirRecords() throws Exception {
        begin(7, 0);
        begin(8, 1);
        end(7, false);
        end(8, true);

        PartitionData found = fetch(IsolationLevel.READ_COMMITTED, 0, 0);

        assertThat(endOf(found)).isEqualTo(4);
        assertThat(found.abortedTransactions())
                .containsExactly(new AbortedTransaction().setProducerId(7).setFirstOffset(0));
    }

    @Test
    void afterARestartWhoReadsAllRecordsNeedNotWaitUntilTheLastStableOffsetIsKnown() throws Exception {
        plain(0);
        begin(7, 1);
        open.restart();

        assertThat(fetch(IsolationLevel.READ_UNCOMMITTED, 0, 0).lastStableOffset())
                .isEqualTo(FetchResponse.INVALID_LAST_STABLE_OFFSET);
        assertThat(fetch(IsolationLevel.READ_COMMITTED, 0, 0).lastStableOffset())
                .isEqualTo(1);
        assertThat(fetch(IsolationLevel.READ_UNCOMMITTED, 0, 0).lastStableOffset())
                .isEqualTo(1);
    }

    @Test
    void aFetchWaitsUntilTheTransactionEnds() throws Exception {
        begin(7, 0);
        FetchApi api = new FetchApi(open.topics(), 1 << 20, 10);
        CompletableFuture<PartitionData> waiting = new CompletableFuture<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var fetch = threads.submit(() -> waiting.complete(fetch(api, IsolationLevel.READ_COMMITTED, 0, 30_000)));
            // The high watermark moves, and there is nothing to be seen yet.
            plain(1);
            plain(2);
            assertThat(waiting).isNotDone();

            end(7, true);

            assertThat(endOf(waiting.get(10, TimeUnit.SECONDS))).isEqualTo(4);
            assertThat(fetch.get()).isTrue();
        }
    }

    // ---- the others

    @Test
    void offsetsAreToldUpToTheLastStableOne() throws Exception {
        plain(0);
        begin(7, 1);
        plain(2);

        assertThat(offset(IsolationLevel.READ_UNCOMMITTED, ListOffsetsRequest.LATEST_TIMESTAMP))
                .isEqualTo(3);
        assertThat(offset(IsolationLevel.READ_COMMITTED, ListOffsetsRequest.LATEST_TIMESTAMP))
                .isEqualTo(1);
        assertThat(offset(IsolationLevel.READ_UNCOMMITTED, T0 + 1)).isEqualTo(1);
        assertThat(offset(IsolationLevel.READ_COMMITTED, T0 + 1)).isEqualTo(-1);
        assertThat(offset(IsolationLevel.READ_COMMITTED, ListOffsetsRequest.MAX_TIMESTAMP))
                .isEqualTo(-1);
        assertThat(offset(IsolationLevel.READ_COMMITTED, ListOffsetsRequest.EARLIEST_TIMESTAMP))
                .isZero();
    }

    @Test
    void producersAreDescribedWithTheirOpenTransactionsAndTheCoordinatorOfTheLastOne() throws Exception {
        plain(0);
        begin(7, 1);
        begin(8, 2);
        end(8, true);
        var request = new DescribeProducersRequestData()
                .setTopics(List.of(new TopicRequest().setName(RIDES).setPartitionIndexes(List.of(0))));

        Answer answer = new DescribeProducersApi(open.topics())
                .handle(request, OpenTopics.context(ApiKeys.DESCRIBE_PRODUCERS, 0));

        var producers = ((DescribeProducersResponseData) OpenTopics.await(answer, 0))
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .activeProducers();
        assertThat(producers)
                .extracting(it -> List.of(it.producerId(), it.coordinatorEpoch(), it.currentTxnStartOffset()))
                .containsExactlyInAnyOrder(List.of(7L, -1, 1L), List.of(8L, 5, -1L));
    }
}
