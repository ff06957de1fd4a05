package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups as the Java clients see them, against a running broker. */
@Timeout(120)
class ConsumerGroupsTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";
    private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("group.min.session.timeout.ms", "100");

    @ParameterizedTest
    @ValueSource(strings = {"RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor"})
    void ofThreeConsumersOfTwoPartitionsOneIsIdleUntilAnotherDies(String assignor) throws Exception {
        createTopic(2);
        produce(0, 100);
        var settings = Map.<String, Object>of(
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, settings)) {
            consumers.start("alice");
            consumers.start("bob");
            consumers.start("carol");
            consumers.awaitAssignments(
                    all -> all.size() == 3 && isShared(all, 2) && workers(all).size() == 2);
            consumers.awaitCount(100);

            String victim = workers(consumers.assignments()).getFirst();
            consumers.kill(victim);

            consumers.awaitAssignments(
                    all -> all.size() == 2 && isShared(all, 2) && workers(all).size() == 2);
            int before = consumers.values().size();
            produce(100, 50);
            consumers.awaitCount(before + 50);
            assertThat(Set.copyOf(consumers.values())).hasSize(150);
        }
    }

    @Test
    void aStaticMemberThatRestartsDisturbsNobody() throws Exception {
        createTopic(2);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of("session.timeout.ms", "30000"))) {
            consumers.start("alice", "i1");
            consumers.start("bob", "i2");
            consumers.awaitAssignments(
                    all -> all.size() == 2 && isShared(all, 2) && workers(all).size() == 2);
            int rebalances = consumers.rebalances("alice");
            Set<Integer> bobs = consumers.assignments().getOrDefault("bob", Set.of());

            consumers.kill("bob");
            consumers.start("bob-again", "i2");

            consumers.awaitAssignments(all -> bobs.equals(all.get("bob-again")));
            assertThat(consumers.rebalances("alice")).isEqualTo(rebalances);
        }
    }

    @Test
    void ofTwoProcessesWithOneInstanceIdTheFirstIsFenced() throws Exception {
        createTopic(1);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of())) {
            consumers.start("alice", "i1");
            consumers.awaitAssignments(all -> isShared(all, 1));

            consumers.start("rival", "i1");

            assertThat(consumers.awaitFailure("alice")).isInstanceOf(FencedInstanceIdException.class);
        }
    }

    @Test
    void aConsumerGoesOnWhereItWasAfterARestartOfTheBroker() throws Exception {
        createTopic(1);
        produce(0, 10);
        try (var consumer = consumer(Map.of("enable.auto.commit", "false", "auto.offset.reset", "earliest"))) {
            consumer.subscribe(List.of(TOPIC));
            assertThat(poll(consumer, 10)).hasSize(10);
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(7, "so far")));

            broker.restart();

            // The same consumer, in the same generation, is still a member.
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(8, "a little more")));
            assertThat(consumer.committed(Set.of(FIRST)))
                    .containsEntry(FIRST, new OffsetAndMetadata(8, "a little more"));
        }
        try (var consumer = consumer(Map.of("auto.offset.reset", "none"))) {
            consumer.subscribe(List.of(TOPIC));
            assertThat(poll(consumer, 2)).containsExactly("ride 8", "ride 9");
        }
    }

    @Test
    void whatWasCommittedIsThereAfterTheBrokerWasKilled() throws Exception {
        createTopic(1);
        produce(0, 10);
        try (var consumer = consumer(Map.of("enable.auto.commit", "false", "auto.offset.reset", "earliest"))) {
            consumer.subscribe(List.of(TOPIC));
            assertThat(poll(consumer, 10)).hasSize(10);
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(7)));

            broker.kill();
            broker.start();

            assertThat(consumer.committed(Set.of(FIRST))).containsEntry(FIRST, new OffsetAndMetadata(7));
            assertThat(describe(broker.admin()).groupState()).isEqualTo(GroupState.STABLE);
        }
    }

    @Test
    void whereAConsumerBeginsIsItsOwnChoice() throws Exception {
        createTopic(1);
        produce(0, 3);
        assertThat(firstRead("earliest")).isEqualTo("ride 0");
        assertThat(firstRead("by_duration:PT1H")).isEqualTo("ride 0");
        assertThat(firstRead("latest")).isEqualTo("later");
        assertThatThrownBy(() -> firstRead("none")).isInstanceOf(NoOffsetForPartitionException.class);
    }

    @Test
    void aConsumerThatAssignsItsPartitionsItselfMayCommit() throws Exception {
        createTopic(1);
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(FIRST));
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(5)));
            assertThat(consumer.committed(Set.of(FIRST))).containsEntry(FIRST, new OffsetAndMetadata(5));
        }
        assertThat(listing(broker.admin()))
                .extracting(GroupListing::isSimpleConsumerGroup)
                .containsExactly(true);
    }

    @Test
    void anAdminSeesAndChangesGroups() throws Exception {
        createTopic(2);
        Admin admin = broker.admin();
        assertThatThrownBy(() -> describe(admin)).hasCauseInstanceOf(GroupIdNotFoundException.class);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of())) {
            consumers.start("alice");
            consumers.awaitAssignments(all -> isShared(all, 2));
            awaitState(admin, GroupState.STABLE);
            ConsumerGroupDescription description = describe(admin);
            assertThat(description.type()).isEqualTo(GroupType.CLASSIC);
            assertThat(description.partitionAssignor()).isEqualTo("range");
            assertThat(description.coordinator().port())
                    .isEqualTo(broker.broker().port());
            var member = description.members().iterator().next();
            assertThat(member.clientId()).isEqualTo("alice");
            assertThat(member.host()).isEqualTo("/127.0.0.1");
            assertThat(member.assignment().topicPartitions()).hasSize(2);

            assertThatThrownBy(() ->
                            admin.deleteConsumerGroups(List.of(GROUP)).all().get())
                    .hasCauseInstanceOf(GroupNotEmptyException.class);
            assertThatThrownBy(() -> admin.deleteConsumerGroupOffsets(GROUP, Set.of(FIRST))
                            .all()
                            .get())
                    .hasCauseInstanceOf(GroupSubscribedToTopicException.class);
            consumers.stop("alice");
        }
        awaitState(admin, GroupState.EMPTY);

        admin.alterConsumerGroupOffsets(GROUP, Map.of(FIRST, new OffsetAndMetadata(3, "by hand")))
                .all()
                .get();
        assertThat(offsets(admin)).containsEntry(FIRST, new OffsetAndMetadata(3, "by hand"));
        admin.deleteConsumerGroupOffsets(GROUP, Set.of(FIRST)).all().get();
        assertThat(offsets(admin)).doesNotContainKey(FIRST);

        admin.deleteConsumerGroups(List.of(GROUP)).all().get();
        assertThat(listing(admin)).isEmpty();
        assertThatThrownBy(
                        () -> admin.deleteConsumerGroups(List.of(GROUP)).all().get())
                .hasCauseInstanceOf(GroupIdNotFoundException.class);
    }

    @Test
    void anAdminListsByStateAndTypeAndThrowsMembersOut() throws Exception {
        createTopic(1);
        Admin admin = broker.admin();
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of("session.timeout.ms", "30000"))) {
            consumers.start("alice", "i1");
            consumers.awaitAssignments(all -> isShared(all, 1));
            awaitState(admin, GroupState.STABLE);
            assertThat(listing(admin, new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))))
                    .hasSize(1);
            assertThat(listing(admin, new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY))))
                    .isEmpty();
            assertThat(listing(admin, new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC))))
                    .hasSize(1);
            assertThat(listing(admin, new ListGroupsOptions().withTypes(Set.of(GroupType.CONSUMER))))
                    .isEmpty();
            consumers.kill("alice");
        }
        var remove = new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("i1")));
        admin.removeMembersFromConsumerGroup(GROUP, remove).all().get();
        assertThat(describe(admin).groupState()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void offsetsGoWithTheirTopic() throws Exception {
        createTopic(1);
        Admin admin = broker.admin();
        admin.alterConsumerGroupOffsets(GROUP, Map.of(FIRST, new OffsetAndMetadata(3)))
                .all()
                .get();

        admin.deleteTopics(List.of(TOPIC)).all().get();
        createTopic(1);

        assertThat(offsets(admin)).isEmpty();
    }

    @Test
    void moreMembersThanPartitionsThatAllComeAtOnceEndInOneGeneration() throws Exception {
        createTopic(5);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, Map.of("session.timeout.ms", "45000"))) {
            IntStream.range(0, 200).forEach(i -> consumers.start("c" + i));
            consumers.awaitAssignments(
                    all -> all.size() == 200 && isShared(all, 5) && workers(all).size() == 5);
        }
    }

    /** Each partition belongs to exactly one consumer. */
    private static boolean isShared(Map<String, Set<Integer>> assignments, int partitionCount) {
        var partitions = new ArrayList<Integer>();
        assignments.values().forEach(partitions::addAll);
        return partitions.size() == partitionCount && new TreeSet<>(partitions).size() == partitionCount;
    }

    private static List<String> workers(Map<String, Set<Integer>> assignments) {
        return assignments.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    private void createTopic(int partitions) throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic(TOPIC, partitions, (short) 1)))
                .all()
                .get();
    }

    private void produce(int first, int count) throws Exception {
        produce(IntStream.range(first, first + count).mapToObj(i -> "ride " + i).toList());
    }

    private void produce(List<String> values) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringSerializer(), new StringSerializer())) {
            var sent = values.stream()
                    .map(value -> producer.send(new ProducerRecord<>(TOPIC, "key of " + value, value)))
                    .toList();
            for (var metadata : sent) {
                metadata.get();
            }
        }
    }

    private KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        var all = new HashMap<String, Object>(settings);
        all.put("bootstrap.servers", broker.bootstrap());
        all.putIfAbsent("group.id", GROUP);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private static List<String> poll(KafkaConsumer<String, String> consumer, int count) {
        var values = new ArrayList<String>();
        while (values.size() < count) {
            consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
        }
        return values;
    }

    /** What a consumer of a new group reads first. */
    private String firstRead(String autoOffsetReset) throws Exception {
        try (var consumer =
                consumer(Map.of("auto.offset.reset", autoOffsetReset, "group.id", "of " + autoOffsetReset))) {
            consumer.subscribe(List.of(TOPIC));
            if (autoOffsetReset.equals("latest")) {
                while (consumer.assignment().isEmpty()) {
                    consumer.poll(Duration.ofMillis(10));
                }
                consumer.position(FIRST);
                produce(List.of("later"));
            }
            return poll(consumer, 1).getFirst();
        }
    }

    private static ConsumerGroupDescription describe(Admin admin) throws ExecutionException, InterruptedException {
        return admin.describeConsumerGroups(List.of(GROUP))
                .all()
                .get()
                .values()
                .iterator()
                .next();
    }

    private static void awaitState(Admin admin, GroupState state) throws ExecutionException, InterruptedException {
        while (describe(admin).groupState() != state) {
            Thread.onSpinWait();
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin)
            throws ExecutionException, InterruptedException {
        return admin.listConsumerGroupOffsets(GROUP)
                .partitionsToOffsetAndMetadata()
                .get();
    }

    private static Collection<GroupListing> listing(Admin admin) throws ExecutionException, InterruptedException {
        return listing(admin, new ListGroupsOptions());
    }

    private static Collection<GroupListing> listing(Admin admin, ListGroupsOptions options)
            throws ExecutionException, InterruptedException {
        return admin.listGroups(options).all().get();
    }
}
