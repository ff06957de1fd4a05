package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.klamm.broker.RunningBroker;
import dev.klamm.broker.WireClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every version of every request about groups, as bytes on a socket. */
class GroupApisTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("offsets.topic.num.partitions", "1");

    private WireClient client;
    private Uuid topicId;
    private int correlationId;

    @BeforeEach
    void createTopic() throws Exception {
        client = new WireClient(broker.address());
        var created = broker.admin().createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1)));
        topicId = created.topicId(TOPIC).get();
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @Test
    void aMemberComesAndGoesInEveryVersion() throws IOException {
        for (short version : versions(ApiKeys.JOIN_GROUP)) {
            JoinGroupResponseData joined = join(version, "");
            if (version >= 4) {
                assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.MEMBER_ID_REQUIRED);
                joined = join(version, joined.memberId());
            }
            assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.NONE);
            assertThat(joined.protocolName()).isEqualTo("p");
            assertThat(joined.members()).hasSize(1);
            assertThat(sync((short) Math.min(version, 5), joined).assignment()).containsExactly(7);
            assertThat(heartbeat((short) Math.min(version, 4), joined)).isEqualTo(Errors.NONE);
            assertThat(leave((short) Math.min(version, 5), joined.memberId())).isEqualTo(Errors.NONE);
            assertThat(leave((short) Math.min(version, 5), joined.memberId())).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        }
    }

    @Test
    void anErrorOfJoinGroupCanBeSaidInEveryVersion() throws IOException {
        for (short version : versions(ApiKeys.JOIN_GROUP)) {
            assertThat(Errors.forCode(join(version, "nobody").errorCode())).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        }
    }

    @Test
    void offsetsAreCommittedAndFetchedInEveryVersion() throws IOException {
        for (short version : versions(ApiKeys.OFFSET_COMMIT)) {
            assertThat(commit(version, 0)).isEqualTo(Errors.NONE);
            assertThat(commit(version, 1)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        for (short version : versions(ApiKeys.OFFSET_FETCH)) {
            assertThat(fetch(version, false)).isEqualTo(42);
            if (version >= 2) {
                assertThat(fetch(version, true)).isEqualTo(42);
            }
        }
    }

    @Test
    void aTopicIdThatNobodyKnowsIsAnErrorOfItsOwn() throws IOException {
        topicId = Uuid.randomUuid();

        assertThat(commit((short) 10, 0)).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        var response = ask(OffsetFetchResponseData.class, (short) 10, fetchRequest((short) 10, false));
        var partition =
                response.groups().getFirst().topics().getFirst().partitions().getFirst();
        assertThat(Errors.forCode(partition.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void thisBrokerCoordinatesGroupsAndTransactionsAndSaysThatItCoordinatesNothingElse() throws IOException {
        for (short version : versions(ApiKeys.FIND_COORDINATOR)) {
            var found = findCoordinator(version, (byte) 0);
            assertThat(found.nodeId()).isEqualTo(1);
            assertThat(found.port()).isEqualTo(broker.broker().port());
            if (version >= 1) {
                assertThat(findCoordinator(version, (byte) 1).nodeId()).isEqualTo(1);
                assertThat(Errors.forCode(findCoordinator(version, (byte) 2).errorCode()))
                        .isEqualTo(Errors.INVALID_REQUEST);
            }
        }
    }

    @Test
    void groupsAreListedDescribedAndDeletedInEveryVersion() throws IOException {
        for (short version : versions(ApiKeys.LIST_GROUPS)) {
            commit((short) 9, 0);
            var listed = ask(ListGroupsResponseData.class, version, new ListGroupsRequestData());
            assertThat(listed.groups()).hasSize(1);
        }
        for (short version : versions(ApiKeys.DESCRIBE_GROUPS)) {
            var request = new DescribeGroupsRequestData()
                    .setGroups(List.of(GROUP, "nobodys"))
                    .setIncludeAuthorizedOperations(version >= 3);
            var groups = ask(DescribeGroupsResponseData.class, version, request).groups();
            assertThat(groups.getFirst().groupState()).isEqualTo("Empty");
            assertThat(groups.getLast().groupState()).isEqualTo("Dead");
            assertThat(Errors.forCode(groups.getLast().errorCode()))
                    .isEqualTo(version >= 6 ? Errors.GROUP_ID_NOT_FOUND : Errors.NONE);
        }
        for (short version : versions(ApiKeys.DELETE_GROUPS)) {
            commit((short) 9, 0);
            var request = new DeleteGroupsRequestData().setGroupsNames(List.of(GROUP, "nobodys"));
            var results = ask(DeleteGroupsResponseData.class, version, request).results();
            assertThat(results.find(GROUP).errorCode()).isEqualTo(Errors.NONE.code());
            assertThat(results.find("nobodys").errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
        }
    }

    @Test
    void offsetsAreDeletedOneByOne() throws IOException {
        commit((short) 9, 0);
        var topic = new OffsetDeleteRequestTopic().setName(TOPIC);
        topic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(0));
        topic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(9));
        var request = new OffsetDeleteRequestData().setGroupId(GROUP);
        request.topics().add(topic);

        var partitions = ask(OffsetDeleteResponseData.class, (short) 0, request)
                .topics()
                .find(TOPIC)
                .partitions();

        assertThat(partitions.find(0).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(partitions.find(9).errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(fetch((short) 9, false)).isEqualTo(-1);
    }

    @Test
    void theBrokerStopsAtOnceThoughMembersWait() throws Exception {
        JoinGroupResponseData first = join((short) 3, "");
        sync((short) 3, first);
        try (var waiting = new WireClient(broker.address())) {
            waiting.send((short) 3, 0, joinRequest((short) 3, ""));
            while (heartbeat((short) 3, first) != Errors.REBALANCE_IN_PROGRESS) {
                Thread.onSpinWait();
            }

            assertTimeout(Duration.ofSeconds(2), broker::stop);

            assertThat(waiting.isClosedByPeer()).isTrue();
        }
    }

    private static List<Short> versions(ApiKeys key) {
        return IntStream.rangeClosed(key.oldestVersion(), ApiTable.latestVersion(key))
                .mapToObj(version -> (short) version)
                .toList();
    }

    private <R extends ApiMessage> R ask(Class<R> type, short version, ApiMessage request) throws IOException {
        return client.ask(type, version, correlationId++, request);
    }

    private JoinGroupResponseData join(short version, String memberId) throws IOException {
        return ask(JoinGroupResponseData.class, version, joinRequest(version, memberId));
    }

    private static JoinGroupRequestData joinRequest(short version, String memberId) {
        var request = new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setSessionTimeoutMs(10_000)
                .setProtocolType("test");
        request.setRebalanceTimeoutMs(version == 0 ? -1 : 10_000);
        request.protocols().add(new JoinGroupRequestProtocol().setName("p").setMetadata(new byte[1]));
        return request;
    }

    private SyncGroupResponseData sync(short version, JoinGroupResponseData joined) throws IOException {
        var assignment =
                new SyncGroupRequestAssignment().setMemberId(joined.memberId()).setAssignment(new byte[] {7});
        var request = new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(joined.memberId())
                .setGenerationId(joined.generationId())
                .setAssignments(List.of(assignment));
        if (version >= 5) {
            request.setProtocolType("test").setProtocolName("p");
        }
        return ask(SyncGroupResponseData.class, version, request);
    }

    private Errors heartbeat(short version, JoinGroupResponseData joined) throws IOException {
        var request = new HeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(joined.memberId())
                .setGenerationId(joined.generationId());
        return Errors.forCode(ask(HeartbeatResponseData.class, version, request).errorCode());
    }

    private Errors leave(short version, String memberId) throws IOException {
        var request = new LeaveGroupRequestData().setGroupId(GROUP);
        if (version < 3) {
            request.setMemberId(memberId);
        } else {
            request.setMembers(List.of(new MemberIdentity().setMemberId(memberId)));
        }
        var response = ask(LeaveGroupResponseData.class, version, request);
        return Errors.forCode(
                version < 3
                        ? response.errorCode()
                        : response.members().getFirst().errorCode());
    }

    private Errors commit(short version, int partition) throws IOException {
        var topic = new OffsetCommitRequestTopic()
                .setPartitions(List.of(new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition)
                        .setCommittedOffset(42)));
        var request = new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(version >= 10 ? topic.setTopicId(topicId) : topic.setName(TOPIC)));
        var response = ask(OffsetCommitResponseData.class, version, request);
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    private long fetch(short version, boolean all) throws IOException {
        var response = ask(OffsetFetchResponseData.class, version, fetchRequest(version, all));
        return version < 8
                ? response.topics().getFirst().partitions().getFirst().committedOffset()
                : response.groups()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .committedOffset();
    }

    private OffsetFetchRequestData fetchRequest(short version, boolean all) {
        if (version < 8) {
            var topic = new OffsetFetchRequestTopic().setName(TOPIC).setPartitionIndexes(List.of(0));
            return new OffsetFetchRequestData().setGroupId(GROUP).setTopics(all ? null : List.of(topic));
        }
        var topic = new OffsetFetchRequestTopics().setPartitionIndexes(List.of(0));
        var named = version >= 10 ? topic.setTopicId(topicId) : topic.setName(TOPIC);
        var group = new OffsetFetchRequestGroup().setGroupId(GROUP).setTopics(all ? null : List.of(named));
        return new OffsetFetchRequestData().setGroups(List.of(group)).setRequireStable(true);
    }

    /** In the form of version 4 and later. */
    private FindCoordinatorResponseData.Coordinator findCoordinator(short version, byte type) throws IOException {
        var request = new FindCoordinatorRequestData().setKeyType(type);
        var response = ask(
                FindCoordinatorResponseData.class,
                version,
                version < 4 ? request.setKey(GROUP) : request.setCoordinatorKeys(List.of(GROUP, "other")));
        assertThat(response.coordinators()).hasSize(version < 4 ? 0 : 2);
        return Stream.concat(
                        response.coordinators().stream(),
                        Stream.of(new FindCoordinatorResponseData.Coordinator()
                                .setNodeId(response.nodeId())
                                .setPort(response.port())
                                .setErrorCode(response.errorCode())))
                .findFirst()
                .orElseThrow();
    }
}
