package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** KIP-848 as the Java consumer with {@code group.protocol=consumer} sees it, against a running broker. */
@Timeout(120)
class NewProtocolTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";
    private static final Map<String, Object> SETTINGS = Map.of("group.protocol", "consumer");

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with(
            "group.consumer.min.session.timeout.ms", "500",
            "group.consumer.session.timeout.ms", "2000",
            "group.consumer.min.heartbeat.interval.ms", "100",
            "group.consumer.heartbeat.interval.ms", "100",
            "group.consumer.assignment.interval.ms", "0",
            "group.min.session.timeout.ms", "100");

    @Test
    void threeConsumersShareSixPartitionsAndTakeOverWhatOneHadWhoDied() throws Exception {
        createTopic(6);
        produce(0, 60);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice");
            consumers.awaitAssignments(all -> isShared(all, 6, 1));
            consumers.start("bob");
            consumers.start("carol");
            consumers.awaitAssignments(all -> isShared(all, 6, 3));
            consumers.awaitCount(60);

            consumers.kill("bob");

            consumers.awaitAssignments(all -> isShared(all, 6, 2));
            produce(60, 60);
            consumers.awaitCount(120);
            assertThat(Set.copyOf(consumers.values())).hasSize(120);
        }
    }

    @Test
    void whoKeepsItsPartitionsGoesOnWhileOthersComeAndGo() throws Exception {
        createTopic(6);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice");
            consumers.awaitAssignments(all -> isShared(all, 6, 1));
            consumers.start("bob");
            consumers.awaitAssignments(all -> isShared(all, 6, 2));
            Set<Integer> kept = consumers.assignments().getOrDefault("alice", Set.of());
            Set<Integer> given = consumers.everRevoked("alice");

            consumers.stop("bob");
            consumers.awaitAssignments(all -> isShared(all, 6, 1));

            assertThat(given).hasSize(3).doesNotContainAnyElementsOf(kept);
            assertThat(consumers.everRevoked("alice")).isEqualTo(given);
        }
    }

    @Test
    void aStaticMemberThatIsAwayForAWhileDisturbsNobody() throws Exception {
        createTopic(6);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice", "i1");
            consumers.start("bob", "i2");
            consumers.awaitAssignments(all -> isShared(all, 6, 2));
            int rebalances = consumers.rebalances("alice");
            Set<Integer> bobs = consumers.assignments().getOrDefault("bob", Set.of());

            consumers.pause("bob");
            consumers.start("bob-again", "i2");

            consumers.awaitAssignments(all -> bobs.equals(all.get("bob-again")));
            assertThat(consumers.rebalances("alice")).isEqualTo(rebalances);
        }
    }

    @Test
    void ofTwoProcessesWithOneInstanceIdTheSecondIsRefused() throws Exception {
        createTopic(1);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice", "i1");
            consumers.awaitAssignments(all -> isShared(all, 1, 1));

            consumers.start("rival", "i1");

            assertThat(consumers.awaitFailure("rival")).isInstanceOf(UnreleasedInstanceIdException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void membersGoOnAfterARestartOfTheBroker(boolean isKilled) throws Exception {
        createTopic(6);
        produce(0, 60);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice");
            consumers.start("bob");
            consumers.awaitAssignments(all -> isShared(all, 6, 2));
            consumers.awaitCount(60);
            Map<String, Set<Integer>> before = consumers.assignments();

            if (isKilled) {
                broker.kill();
                broker.start();
            } else {
                broker.restart();
            }
            produce(60, 60);
            consumers.awaitCount(120);

            assertThat(consumers.values()).hasSize(120).doesNotHaveDuplicates();
            assertThat(consumers.assignments()).isEqualTo(before);
        }
    }

    @Test
    void newPartitionsAndNewTopicsAreAssigned() throws Exception {
        createTopic(2);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, "^rid.*", SETTINGS)) {
            consumers.start("alice");
            consumers.start("bob");
            consumers.awaitAssignments(all -> isShared(all, 2, 2));

            broker.admin()
                    .createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(6)))
                    .all()
                    .get();

            consumers.awaitAssignments(all -> isShared(all, 6, 2));
        }
    }

    @Test
    void toolsSeeTheGroup() throws Exception {
        createTopic(2);
        produce(0, 2);
        Admin admin = broker.admin();
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice", "i1");
            consumers.awaitAssignments(all -> isShared(all, 2, 1));

            ConsumerGroupDescription group = describe(admin);
            assertThat(group.type()).isEqualTo(GroupType.CONSUMER);
            assertThat(group.groupState()).isEqualTo(GroupState.STABLE);
            assertThat(group.partitionAssignor()).isEqualTo("uniform");
            assertThat(group.groupEpoch()).isEqualTo(group.targetAssignmentEpoch());
            MemberDescription member = group.members().iterator().next();
            assertThat(member.groupInstanceId()).contains("i1");
            assertThat(member.memberEpoch()).isEqualTo(group.groupEpoch());
            assertThat(member.assignment().topicPartitions()).hasSize(2);
            assertThat(member.targetAssignment().orElseThrow()).isEqualTo(member.assignment());
            assertThat(admin.listGroups(ListGroupsOptions.forConsumerGroups())
                            .all()
                            .get())
                    .extracting(
                            listing -> listing.groupId() + " " + listing.type().orElseThrow())
                    .containsExactly(GROUP + " Consumer");
            assertThatThrownBy(() ->
                            admin.deleteConsumerGroups(List.of(GROUP)).all().get())
                    .hasCauseInstanceOf(GroupNotEmptyException.class);
            assertThatThrownBy(() -> admin.deleteConsumerGroupOffsets(GROUP, Set.of(new TopicPartition(TOPIC, 0)))
                            .all()
                            .get())
                    .hasCauseInstanceOf(GroupSubscribedToTopicException.class);

            admin.removeMembersFromConsumerGroup(
                            GROUP, new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("i1"))))
                    .all()
                    .get();
            assertThat(describe(admin).members()).isEmpty();
        }
        admin.deleteConsumerGroups(List.of(GROUP)).all().get();
        assertThat(admin.listGroups().all().get()).isEmpty();
    }

    @Test
    void aMemberThatWasThrownOutCantCommit() throws Exception {
        createTopic(1);
        produce(0, 1);
        var settings = new HashMap<String, Object>(SETTINGS);
        settings.putAll(Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "group.id", GROUP,
                "group.instance.id", "i1",
                "enable.auto.commit", "false",
                "auto.offset.reset", "earliest"));
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            while (consumer.poll(Duration.ofMillis(100)).isEmpty()) {
                assertThat(consumer.subscription()).isNotEmpty();
            }
            consumer.commitSync();

            broker.admin()
                    .removeMembersFromConsumerGroup(
                            GROUP, new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("i1"))))
                    .all()
                    .get();

            assertThatThrownBy(consumer::commitSync).isInstanceOf(CommitFailedException.class);
        }
    }

    @Test
    void aGroupOfTheClassicProtocolGoesOnInTheNewOneWhereItWas() throws Exception {
        createTopic(1);
        produce(0, 12);
        try (var classic = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of())) {
            classic.start("alice");
            classic.awaitCount(2);
            classic.stop("alice");
        }
        produce(12, 12);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice");
            consumers.awaitCount(2);
            consumers.stop("alice");
            assertThat(consumers.values()).containsExactly("ride 12", "ride 18");
        }
    }

    private static ConsumerGroupDescription describe(Admin admin) throws Exception {
        return admin.describeConsumerGroups(List.of(GROUP))
                .all()
                .get()
                .values()
                .iterator()
                .next();
    }

    private static boolean isShared(Map<String, Set<Integer>> all, int partitionCount, int memberCount) {
        List<Integer> assigned =
                all.values().stream().flatMap(Collection::stream).sorted().toList();
        return all.size() == memberCount
                && assigned.equals(IntStream.range(0, partitionCount).boxed().toList())
                && all.values().stream().allMatch(mine -> mine.size() == partitionCount / memberCount);
    }

    private void createTopic(int partitionCount) throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic(TOPIC, partitionCount, (short) 1)))
                .all()
                .get();
    }

    /** Into partition 0 each sixth of them, and so on, as far as there are partitions. */
    private void produce(int from, int count) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < from + count; i++) {
                if (i % 6 < producer.partitionsFor(TOPIC).size()) {
                    producer.send(new ProducerRecord<>(TOPIC, i % 6, null, "ride " + i))
                            .get();
                }
            }
        }
    }
}
