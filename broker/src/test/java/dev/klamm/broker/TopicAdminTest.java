package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Topics through kafka-clients' own Admin. */
class TopicAdminTest {
    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("num.partitions", "2");

    private Admin admin;

    @BeforeEach
    void connect() {
        admin = broker.admin();
    }

    private static void assertFails(KafkaFuture<?> future, Class<? extends Exception> error) {
        assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(error);
    }

    private TopicDescription describe(String topic) throws Exception {
        return Objects.requireNonNull(
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
    }

    @Test
    void aTopicIsCreatedDescribedAndDeleted() throws Exception {
        CreateTopicsResult created = admin.createTopics(
                List.of(new NewTopic("rides", 3, (short) 1).configs(Map.of("retention.ms", "60000"))));

        assertThat(created.numPartitions("rides").get()).isEqualTo(3);
        assertThat(created.config("rides").get().get("retention.ms").value()).isEqualTo("60000");
        TopicDescription described = describe("rides");
        assertThat(described.topicId()).isEqualTo(created.topicId("rides").get());
        assertThat(described.partitions()).hasSize(3).allSatisfy(partition -> {
            assertThat(partition.leader().id()).isEqualTo(1);
            assertThat(partition.isr()).hasSize(1);
        });
        assertThat(admin.listTopics().names().get()).containsExactly("rides");

        admin.deleteTopics(List.of("rides")).all().get();

        assertThat(admin.listTopics().names().get()).isEmpty();
    }

    @Test
    void theBrokerChoosesWhatIsNotSaid() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", Optional.empty(), Optional.empty())))
                .all()
                .get();

        assertThat(describe("rides").partitions()).hasSize(2);
    }

    @Test
    void whatCannotBeCreatedIsRefusedAndTheRestIsThere() throws Exception {
        admin.createTopics(List.of(new NewTopic("there", 1, (short) 1))).all().get();

        CreateTopicsResult result = admin.createTopics(List.of(
                new NewTopic("there", 1, (short) 1),
                new NewTopic("too/odd", 1, (short) 1),
                new NewTopic("copied", 1, (short) 3),
                new NewTopic("none", 0, (short) 1),
                new NewTopic("unknown", 1, (short) 1).configs(Map.of("colour", "blue")),
                new NewTopic("wrong", 1, (short) 1).configs(Map.of("retention.ms", "-2")),
                new NewTopic("assigned", Map.of(0, List.of(1), 1, List.of(1))),
                new NewTopic("fine", 1, (short) 1)));

        assertFails(result.topicId("there"), TopicExistsException.class);
        assertFails(result.topicId("too/odd"), InvalidTopicException.class);
        assertFails(result.topicId("copied"), InvalidReplicationFactorException.class);
        assertFails(result.topicId("none"), InvalidPartitionsException.class);
        assertFails(result.topicId("unknown"), InvalidConfigurationException.class);
        assertFails(result.topicId("wrong"), InvalidConfigurationException.class);
        assertThat(admin.listTopics().names().get()).isEqualTo(Set.of("there", "assigned", "fine"));
    }

    @Test
    void whatIsOnlyValidatedIsNotCreated() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1)), new CreateTopicsOptions().validateOnly(true))
                .all()
                .get();

        assertThat(admin.listTopics().names().get()).isEmpty();
    }

    @Test
    void topicsAreDeletedByIdToo() throws Exception {
        Uuid id = admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1)))
                .topicId("rides")
                .get();

        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();

        assertFails(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all(), UnknownTopicIdException.class);
        assertFails(admin.deleteTopics(List.of("rides")).all(), UnknownTopicOrPartitionException.class);
    }

    @Test
    void aTopicGetsMorePartitionsNeverFewer() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1))).all().get();

        admin.createPartitions(Map.of("rides", NewPartitions.increaseTo(4)))
                .all()
                .get();

        assertThat(describe("rides").partitions()).hasSize(4);
        assertFails(
                admin.createPartitions(Map.of("rides", NewPartitions.increaseTo(2)))
                        .all(),
                InvalidPartitionsException.class);
    }

    @Test
    void topicsSurviveARestart() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 3, (short) 1))).all().get();
        Uuid id = describe("rides").topicId();
        String cluster = admin.describeCluster().clusterId().get();

        broker.restart();

        assertThat(describe("rides").topicId()).isEqualTo(id);
        assertThat(admin.describeCluster().clusterId().get()).isEqualTo(cluster);
    }

    @Test
    void manyPartitionsAreDescribedPageByPage() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 7, (short) 1), new NewTopic("zones", 5, (short) 1)))
                .all()
                .get();

        var options = new DescribeTopicsOptions().partitionSizeLimitPerResponse(3);
        var described = admin.describeTopics(TopicCollection.ofTopicNames(List.of("rides", "zones")), options)
                .allTopicNames()
                .get();

        assertThat(described)
                .hasEntrySatisfying(
                        "rides", topic -> assertThat(topic.partitions()).hasSize(7));
        assertThat(described)
                .hasEntrySatisfying(
                        "zones", topic -> assertThat(topic.partitions()).hasSize(5));
    }

    @Test
    void aLeaderNeedsNoElection() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1))).all().get();
        var rides = new TopicPartition("rides", 0);
        var absent = new TopicPartition("absent", 0);

        var result = admin.electLeaders(ElectionType.PREFERRED, Set.of(rides, absent))
                .partitions()
                .get();

        assertThat(result.get(rides)).get().isInstanceOf(ElectionNotNeededException.class);
        assertThat(result.get(absent)).get().isInstanceOf(UnknownTopicOrPartitionException.class);
        assertThat(admin.electLeaders(ElectionType.UNCLEAN, null).partitions().get())
                .isEmpty();
    }

    @Test
    void aPartitionCanOnlyBeWhereItIs() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1))).all().get();
        var rides = new TopicPartition("rides", 0);

        admin.alterPartitionReassignments(Map.of(rides, Optional.of(new NewPartitionReassignment(List.of(1)))))
                .all()
                .get();

        assertFails(
                admin.alterPartitionReassignments(Map.of(rides, Optional.of(new NewPartitionReassignment(List.of(2)))))
                        .all(),
                InvalidReplicaAssignmentException.class);
        assertFails(
                admin.alterPartitionReassignments(Map.of(rides, Optional.empty()))
                        .all(),
                NoReassignmentInProgressException.class);
        assertThat(admin.listPartitionReassignments().reassignments().get()).isEmpty();
    }

    @Test
    void theLogDirectoryIsDescribed() throws Exception {
        admin.createTopics(List.of(new NewTopic("rides", 2, (short) 1))).all().get();

        var directories =
                admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1);

        assertThat(directories)
                .isNotNull()
                .hasSize(1)
                .hasEntrySatisfying(broker.dataDirectory().toAbsolutePath().toString(), directory -> {
                    assertThat(directory.error()).isNull();
                    assertThat(directory.totalBytes().orElseThrow()).isPositive();
                    assertThat(directory.replicaInfos()).containsKey(new TopicPartition("rides", 1));
                });
    }
}
