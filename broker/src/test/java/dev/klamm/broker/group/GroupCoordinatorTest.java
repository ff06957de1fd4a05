package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import dev.klamm.log.Logs;
import dev.klamm.log.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator over a real log, with threads that wait and a broker that stops and starts. */
@Timeout(60)
class GroupCoordinatorTest {
    private static final String GROUP = "riders";

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Logs logs;
    private Topics topics;
    private GroupCoordinator coordinator;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        topics = Topics.open(
                directory,
                logs,
                BrokerConfig.of(Map.of("group.min.session.timeout.ms", "100", "offsets.topic.num.partitions", "3")));
        coordinator = new GroupCoordinator(topics, logs);
        topics.afterDeletions(coordinator::topicsDeleted);
    }

    @AfterEach
    void stop() throws IOException {
        coordinator.close();
        logs.close();
        threads.shutdownNow();
    }

    @Test
    void offsetsAndMembersAreThereAfterARestart() throws Exception {
        Topic rides = createTopic("rides");
        JoinGroupResponseData joined = join("");
        sync(joined, joined.memberId());
        assertThat(commit(rides, joined.memberId(), 1, 42)).isEqualTo(Errors.NONE);

        stop();
        start();

        assertThat(committed(rides)).isEqualTo(42);
        assertThat(heartbeat(joined.memberId(), 1)).isEqualTo(Errors.NONE);
        assertThat(coordinator.describeGroup(GROUP, (short) 6).groupState()).isEqualTo("Stable");
    }

    @Test
    void aMemberThatIsSilentForItsSessionIsOut() throws Exception {
        JoinGroupResponseData joined = join("");
        sync(joined, joined.memberId());

        while (!coordinator.describeGroup(GROUP, (short) 6).groupState().equals("Empty")) {
            Thread.onSpinWait();
        }

        assertThat(heartbeat(joined.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void twoHundredMembersThatComeAtOnceGetOneGeneration() throws Exception {
        JoinGroupResponseData first = join("", 30_000);
        List<Callable<JoinGroupResponseData>> joins = new ArrayList<>();
        for (int i = 0; i < 199; i++) {
            joins.add(() -> join("", 30_000));
        }
        List<Future<JoinGroupResponseData>> others =
                joins.stream().map(threads::submit).toList();
        while (coordinator.describeGroup(GROUP, (short) 6).members().size() < 200) {
            Thread.onSpinWait();
        }

        JoinGroupResponseData leader = join(first.memberId(), 30_000);

        assertThat(leader.members()).hasSize(200);
        List<Future<SyncGroupResponseData>> syncs = new ArrayList<>();
        for (Future<JoinGroupResponseData> other : others) {
            assertThat(other.get().generationId()).isEqualTo(leader.generationId());
            String memberId = other.get().memberId();
            syncs.add(threads.submit(() -> sync(other.get(), null)));
            assertThat(memberId).isNotEqualTo(leader.memberId());
        }
        sync(leader, leader.memberId());
        for (Future<SyncGroupResponseData> sync : syncs) {
            assertThat(Errors.forCode(sync.get().errorCode())).isEqualTo(Errors.NONE);
        }
    }

    @Test
    void offsetsOfADeletedTopicGoWithIt() throws Exception {
        Topic rides = createTopic("rides");
        Topic stops = createTopic("stops");
        commit(rides, "", -1, 1);
        commit(stops, "", -1, 2);

        topics.delete(List.of(rides.id()));

        assertThat(committed(rides)).isEqualTo(-1);
        assertThat(committed(stops)).isEqualTo(2);
    }

    @Test
    void offsetsOfATopicThatWasDeletedWhileNobodyLookedAreGone() throws Exception {
        Topic rides = createTopic("rides");
        commit(rides, "", -1, 1);
        stop();
        start();

        topics.delete(List.of(rides.id()));
        createTopic("rides");

        assertThat(committed(rides)).isEqualTo(-1);
    }

    @Test
    void aMemberThatWaitsHearsOfTheOffsetsTopicsDeletion() throws Exception {
        JoinGroupResponseData first = join("", 30_000);
        sync(first, first.memberId());
        Future<JoinGroupResponseData> waiting = threads.submit(() -> join("", 30_000));
        while (coordinator.describeGroup(GROUP, (short) 6).members().size() < 2) {
            Thread.onSpinWait();
        }

        topics.delete(List.of(topics.offsetsTopic().id()));

        assertThat(Errors.forCode(waiting.get().errorCode())).isEqualTo(Errors.NOT_COORDINATOR);
    }

    @Test
    void aGroupIsInThePartitionInWhichKafkaLooksForIt() {
        assertThat(GroupCoordinator.partitionOf("polygenelubricants", 50)).isZero();
        assertThat(GroupCoordinator.partitionOf("riders", 50)).isEqualTo(17);
    }

    private Topic createTopic(String name) throws InterruptedException {
        var outcome = topics.create(List.of(new NewTopic(name, 1, 1, Map.of(), Map.of())), false)
                .getFirst();
        return ((TopicOutcome.Done) outcome).topic();
    }

    private JoinGroupResponseData join(String memberId) throws InterruptedException {
        return join(memberId, 200);
    }

    /** Version 3, which lets a member in at once. */
    private JoinGroupResponseData join(String memberId, int sessionTimeoutMs) throws InterruptedException {
        var request = new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setSessionTimeoutMs(sessionTimeoutMs)
                .setRebalanceTimeoutMs(30_000)
                .setProtocolType("test");
        request.protocols().add(new JoinGroupRequestProtocol().setName("p").setMetadata(new byte[1]));
        return coordinator.joinGroup(request, (short) 3, "test", "/127.0.0.1");
    }

    private SyncGroupResponseData sync(JoinGroupResponseData joined, @Nullable String leader)
            throws InterruptedException {
        var request = new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(joined.memberId())
                .setGenerationId(joined.generationId());
        if (leader != null) {
            request.setAssignments(
                    List.of(new SyncGroupRequestAssignment().setMemberId(leader).setAssignment(new byte[1])));
        }
        return coordinator.syncGroup(request);
    }

    private Errors heartbeat(String memberId, int generation) throws InterruptedException {
        var request = new HeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGenerationId(generation);
        return Errors.forCode(coordinator.heartbeat(request).errorCode());
    }

    private Errors commit(Topic topic, String memberId, int generation, long offset) throws InterruptedException {
        var partition = new OffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(offset);
        var request = new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(topic.name())
                        .setTopicId(topic.id())
                        .setPartitions(List.of(partition))));
        var response = coordinator.commitOffsets(request, (short) 9);
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    /** By name alone, as clients up to version 9 ask. */
    private long committed(Topic topic) throws InterruptedException {
        var response = coordinator.fetchOffsets(
                new OffsetFetchRequestGroup().setGroupId(GROUP).setTopics(null), false);
        return response.topics().stream()
                .filter(answered -> answered.name().equals(topic.name()))
                .mapToLong(answered -> answered.partitions().getFirst().committedOffset())
                .findFirst()
                .orElse(-1);
    }
}
