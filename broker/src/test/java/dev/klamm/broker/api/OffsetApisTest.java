package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** ListOffsets, OffsetForLeaderEpoch and DeleteRecords. */
class OffsetApisTest {
    private static final int LATEST_VERSION = ApiKeys.LIST_OFFSETS.latestVersion();
    private static final long T0 = 1_577_836_800_000L;
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;

    @RegisterExtension
    final OpenTopics open = new OpenTopics();

    @BeforeEach
    void createTopic() throws InterruptedException {
        open.create("rides", 1);
    }

    private void append(Compression compression, long... timestampsMs) throws Exception {
        SimpleRecord[] records = LongStream.of(timestampsMs)
                .mapToObj(timestampMs -> new SimpleRecord(timestampMs, null, new byte[10]))
                .toArray(SimpleRecord[]::new);
        var result = open.log("rides", 0)
                .append(MemoryRecords.withRecords(compression, records).buffer(), Origin.CLIENT);
        open.logs().awaitSynced(((dev.klamm.log.AppendResult.Appended) result).lsn());
    }

    // ---- ListOffsets

    private ListOffsetsPartitionResponse list(int version, ListOffsetsPartition... partitions) throws Exception {
        var topic = new ListOffsetsTopic().setName("rides").setPartitions(List.of(partitions));
        return list(version, new ListOffsetsRequestData().setReplicaId(-1).setTopics(List.of(topic)));
    }

    private ListOffsetsPartitionResponse list(int version, ListOffsetsRequestData request) throws Exception {
        Answer answer =
                new ListOffsetsApi(open.topics()).handle(request, OpenTopics.context(ApiKeys.LIST_OFFSETS, version));
        var response = (ListOffsetsResponseData) OpenTopics.await(answer, version);
        return response.topics().getFirst().partitions().getFirst();
    }

    private static ListOffsetsPartition at(long timestamp) {
        return new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp);
    }

    private ListOffsetsPartitionResponse list(long timestamp) throws Exception {
        return list(LATEST_VERSION, at(timestamp));
    }

    private static void assertFound(ListOffsetsPartitionResponse response, long offset, long timestampMs) {
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NONE);
        assertThat(response.offset()).isEqualTo(offset);
        assertThat(response.timestamp()).isEqualTo(timestampMs);
        assertThat(response.leaderEpoch()).isEqualTo(offset < 0 ? -1 : 0);
    }

    private static void assertRefused(ListOffsetsPartitionResponse response, Errors error) {
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(error);
        assertThat(response.offset()).isEqualTo(-1);
    }

    @Test
    void knowsBothEndsOfAnEmptyLog() throws Exception {
        assertFound(list(EARLIEST), 0, -1);
        assertFound(list(LATEST), 0, -1);
        assertFound(list(MAX_TIMESTAMP), -1, -1);
        assertFound(list(T0), -1, -1);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void findsTheFirstRecordAtOrAfterATime(CompressionType type) throws Exception {
        append(Compression.of(type).build(), T0, T0 + 10, T0 + 20);
        append(Compression.of(type).build(), T0 + 15, T0 + 30);

        assertFound(list(0), 0, T0);
        assertFound(list(T0), 0, T0);
        assertFound(list(T0 + 1), 1, T0 + 10);
        assertFound(list(T0 + 11), 2, T0 + 20);
        assertFound(list(T0 + 21), 4, T0 + 30);
        assertFound(list(T0 + 31), -1, -1);
        assertFound(list(MAX_TIMESTAMP), 4, T0 + 30);
        assertFound(list(EARLIEST), 0, -1);
        assertFound(list(LATEST), 5, -1);
    }

    @Test
    void findsTheFirstOfSeveralRecordsWithTheGreatestTime() throws Exception {
        append(Compression.NONE, T0, T0 + 9, T0 + 9);
        append(Compression.NONE, T0 + 9);

        assertFound(list(MAX_TIMESTAMP), 1, T0 + 9);
    }

    @Test
    void findsTheSameAfterARestart() throws Exception {
        append(Compression.lz4().build(), T0, T0 + 10);
        append(Compression.NONE, T0 + 5, T0 + 20);
        open.restart();

        assertFound(list(T0 + 1), 1, T0 + 10);
        assertFound(list(T0 + 11), 3, T0 + 20);
        assertFound(list(MAX_TIMESTAMP), 3, T0 + 20);
        assertFound(list(LATEST), 4, -1);
    }

    @Test
    void hasNothingInRemoteStorage() throws Exception {
        append(Compression.NONE, T0);

        assertFound(list(-4), 0, -1);
        assertFound(list(-5), -1, -1);
        assertFound(list(-6), -1, -1);
    }

    @Test
    void refusesTimesThatTheVersionDoesNotHave() throws Exception {
        assertRefused(list(6, at(MAX_TIMESTAMP)), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(7, at(-4)), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(8, at(-5)), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(10, at(-6)), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(-7), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(Long.MIN_VALUE), Errors.UNSUPPORTED_VERSION);
        assertRefused(list(Integer.MIN_VALUE - 2L), Errors.UNSUPPORTED_VERSION);
    }

    @Test
    void answersEachVersionItServes() throws Exception {
        append(Compression.NONE, T0);
        for (int version = 1; version <= LATEST_VERSION; version++) {
            assertThat(list(version, at(LATEST)).offset()).isEqualTo(1);
            assertThat(list(version, at(EARLIEST)).offset()).isZero();
            assertThat(list(version, at(T0)).offset()).isZero();
        }
    }

    @Test
    void refusesAWrongLeaderEpoch() throws Exception {
        assertRefused(list(4, at(LATEST).setCurrentLeaderEpoch(5)), Errors.UNKNOWN_LEADER_EPOCH);
        assertThat(list(4, at(LATEST).setCurrentLeaderEpoch(0)).errorCode()).isZero();
    }

    @Test
    void refusesWhatItDoesNotKnowAndWhatIsAskedTwice() throws Exception {
        assertRefused(list(4, at(LATEST).setPartitionIndex(1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertRefused(list(4, at(LATEST), at(EARLIEST)), Errors.INVALID_REQUEST);
    }

    // ---- OffsetForLeaderEpoch

    private EpochEndOffset endOf(int leaderEpoch, int currentLeaderEpoch) throws Exception {
        var partition =
                new OffsetForLeaderPartition().setLeaderEpoch(leaderEpoch).setCurrentLeaderEpoch(currentLeaderEpoch);
        var request = new OffsetForLeaderEpochRequestData();
        request.topics().add(new OffsetForLeaderTopic().setTopic("rides").setPartitions(List.of(partition)));
        Answer answer = new OffsetForLeaderEpochApi(open.topics())
                .handle(request, OpenTopics.context(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 4));
        var response = (OffsetForLeaderEpochResponseData) OpenTopics.await(answer, 4);
        return response.topics().iterator().next().partitions().getFirst();
    }

    @Test
    void knowsWhereAnEpochEnds() throws Exception {
        append(Compression.NONE, T0, T0);

        assertThat(endOf(0, 0).endOffset()).isEqualTo(2);
        assertThat(endOf(0, -1).leaderEpoch()).isZero();
        assertThat(endOf(1, 0).endOffset()).isEqualTo(-1);
        assertThat(endOf(1, 0).leaderEpoch()).isEqualTo(-1);
        assertThat(Errors.forCode(endOf(0, 1).errorCode())).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    }

    // ---- DeleteRecords

    private DeleteRecordsPartitionResult delete(String topic, long offset) throws Exception {
        var partition = new DeleteRecordsPartition().setPartitionIndex(0).setOffset(offset);
        var request = new DeleteRecordsRequestData()
                .setTopics(List.of(new DeleteRecordsTopic().setName(topic).setPartitions(List.of(partition))));
        Answer answer =
                new DeleteRecordsApi(open.topics()).handle(request, OpenTopics.context(ApiKeys.DELETE_RECORDS, 2));
        var response = (DeleteRecordsResponseData) OpenTopics.await(answer, 2);
        return response.topics().iterator().next().partitions().iterator().next();
    }

    private void assertDeleteRefused(String topic, long offset, Errors error) throws Exception {
        DeleteRecordsPartitionResult result = delete(topic, offset);
        assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
        assertThat(result.lowWatermark()).isEqualTo(-1);
    }

    @Test
    void deletesRecordsForGood() throws Exception {
        append(Compression.NONE, T0, T0, T0);
        append(Compression.NONE, T0);

        assertThat(delete("rides", 2).lowWatermark()).isEqualTo(2);
        assertThat(delete("rides", 1).lowWatermark()).isEqualTo(2);
        assertFound(list(EARLIEST), 2, -1);
        assertFound(list(T0), 2, T0);
        open.crash();
        assertFound(list(EARLIEST), 2, -1);
        assertThat(delete("rides", -1).lowWatermark()).isEqualTo(4);
        open.restart();
        assertFound(list(EARLIEST), 4, -1);
        assertFound(list(T0), -1, -1);
    }

    @Test
    void refusesToDeleteWhatIsNotThere() throws Exception {
        append(Compression.NONE, T0);

        assertDeleteRefused("rides", 2, Errors.OFFSET_OUT_OF_RANGE);
        assertDeleteRefused("rides", -2, Errors.OFFSET_OUT_OF_RANGE);
        assertDeleteRefused("unknown", 0, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void refusesToDeleteRecordsOfCompactedAndInternalTopics() throws Exception {
        open.create("compacted", 1, "cleanup.policy", "compact");
        open.create("both", 1, "cleanup.policy", "compact,delete");

        assertDeleteRefused("compacted", 0, Errors.POLICY_VIOLATION);
        assertDeleteRefused(open.topics().offsetsTopic().name(), 0, Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(delete("both", 0).lowWatermark()).isZero();
    }
}
