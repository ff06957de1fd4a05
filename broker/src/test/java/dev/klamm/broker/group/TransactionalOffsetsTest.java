package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Offsets of transactions over a real log, with a broker that stops and starts. */
@Timeout(60)
class TransactionalOffsetsTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";
    private static final long PRODUCER = 4711;

    @TempDir
    Path directory;

    private Logs logs;
    private GroupCoordinator coordinator;
    private final List<TopicPartition> asked = new ArrayList<>();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        Topics topics = Topics.open(directory, logs, BrokerConfig.of(Map.of("offsets.topic.num.partitions", "1")));
        if (topics.byName(TOPIC).isEmpty()) {
            topics.create(List.of(new NewTopic(TOPIC, 1, 1, Map.of(), Map.of())), false);
        }
        coordinator = new GroupCoordinator(topics, logs);
    }

    @AfterEach
    void stop() throws IOException {
        coordinator.close();
        logs.close();
    }

    @Test
    void theyArePendingOverARestartUntilTheMarker() throws Exception {
        assertThat(commit(0, 42)).isEqualTo(Errors.NONE);
        assertThat(fetch(true)).isEqualTo("UNSTABLE_OFFSET_COMMIT -1");

        restart();
        assertThat(fetch(true)).isEqualTo("UNSTABLE_OFFSET_COMMIT -1");
        assertThat(fetch(false)).isEqualTo("NONE -1");

        end(0, true);
        assertThat(fetch(true)).isEqualTo("NONE 42");

        restart();
        assertThat(fetch(true)).isEqualTo("NONE 42");
    }

    @Test
    void anAbortLeavesWhatWasThereBeforeAlsoOverARestart() throws Exception {
        commit(0, 42);
        end(0, true);
        commit(1, 50);
        end(1, false);

        assertThat(fetch(true)).isEqualTo("NONE 42");
        restart();
        assertThat(fetch(true)).isEqualTo("NONE 42");
    }

    @Test
    void aMarkerThatComesBeforeTheirPartitionIsReadIsFoundThere() throws Exception {
        commit(0, 42);
        restart();

        end(0, true);

        assertThat(fetch(true)).isEqualTo("NONE 42");
    }

    @Test
    void theTransactionIsCheckedBeforeItsFirstCommitAlone() throws Exception {
        commit(0, 1);
        commit(0, 2);
        end(0, true);
        commit(1, 3);

        var offsets = new TopicPartition("__consumer_offsets", 0);
        assertThat(asked).containsExactly(offsets, offsets);
    }

    @Test
    void nothingIsWrittenIfTheTransactionIsNotOpen() throws Exception {
        Errors error = commit(0, 42, offsets -> Errors.INVALID_TXN_STATE);

        assertThat(error).isEqualTo(Errors.INVALID_TXN_STATE);
        assertThat(fetch(true)).isEqualTo("NONE -1");
    }

    /** Else it would be pending for ever (KIP-890). */
    @Test
    void aCommitThatIsLateForItsTransactionIsRefused() throws Exception {
        Errors error = commit(0, 42, offsets -> {
            end(0, false);
            return Errors.NONE;
        });

        assertThat(error).isEqualTo(Errors.INVALID_TXN_STATE);
        assertThat(fetch(true)).isEqualTo("NONE -1");
    }

    @Test
    void aProducerOfThePastIsRefused() throws Exception {
        commit(5, 42);
        end(5, true);

        assertThat(commit(4, 43)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
        assertThat(fetch(true)).isEqualTo("NONE 42");
    }

    private void restart() throws Exception {
        stop();
        start();
    }

    private Errors commit(int epoch, long offset) throws InterruptedException {
        return commit(epoch, offset, offsets -> {
            asked.add(offsets);
            return Errors.NONE;
        });
    }

    private Errors commit(int epoch, long offset, GroupCoordinator.TransactionCheck check) throws InterruptedException {
        var partition =
                new TxnOffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(offset);
        var request = new TxnOffsetCommitRequestData()
                .setTransactionalId("counter")
                .setGroupId(GROUP)
                .setProducerId(PRODUCER)
                .setProducerEpoch((short) epoch)
                .setTopics(
                        List.of(new TxnOffsetCommitRequestTopic().setName(TOPIC).setPartitions(List.of(partition))));
        var response = coordinator.commitOffsetsInTransaction(request, false, check);
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    private void end(int epoch, boolean isCommit) {
        var marker = new EndTransaction(PRODUCER, (short) epoch, 0, isCommit, 1);
        assertThat(coordinator.endTransaction(0, marker)).isInstanceOf(AppendResult.Appended.class);
    }

    private String fetch(boolean requireStable) throws InterruptedException {
        var topic = new OffsetFetchRequestTopics().setName(TOPIC).setPartitionIndexes(List.of(0));
        var response = coordinator.fetchOffsets(
                new OffsetFetchRequestGroup().setGroupId(GROUP).setTopics(List.of(topic)), requireStable);
        var partition = response.topics().getFirst().partitions().getFirst();
        return Errors.forCode(partition.errorCode()) + " " + partition.committedOffset();
    }
}
