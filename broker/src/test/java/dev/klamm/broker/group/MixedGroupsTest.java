package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers that roll from one group protocol to the other while the group goes on (KIP-848), against a running broker. */
@Timeout(180)
class MixedGroupsTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";
    private static final int PARTITIONS = 6;
    private static final List<String> NAMES = List.of("alice", "bob", "carol");

    private static final String[] QUICK = {
        "group.min.session.timeout.ms", "100",
        "group.consumer.min.session.timeout.ms", "1000",
        "group.consumer.session.timeout.ms", "3000",
        "group.consumer.min.heartbeat.interval.ms", "100",
        "group.consumer.heartbeat.interval.ms", "200",
        "group.consumer.assignment.interval.ms", "0"
    };

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with(QUICK);

    private int produced;
    private Admin admin;

    @BeforeEach
    void connect() {
        admin = broker.admin();
    }

    private Consumers consumers(Map<String, Object> settings) throws Exception {
        admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                .all()
                .get();
        return new Consumers(broker.bootstrap(), GROUP, TOPIC, settings);
    }

    /** Everybody has got some partition, and every record that was sent so far is read by one of them. */
    private void awaitAllAtWork(Consumers consumers, int members) throws Exception {
        consumers.awaitAssignments(all -> all.size() == members && isShared(all));
        produce(60);
        consumers.awaitCount(produced);
        awaitStable();
    }

    /** A classic member that has not heard of the latest epoch may find its commit refused when the group is classic again. */
    private void awaitStable() throws Exception {
        GroupState state = described().groupState();
        while (state != GroupState.STABLE) {
            state = described().groupState();
        }
    }

    private static boolean isShared(Map<String, Set<Integer>> all) {
        var partitions = new ArrayList<Integer>();
        all.values().forEach(partitions::addAll);
        return partitions.size() == PARTITIONS
                && new TreeSet<>(partitions).size() == PARTITIONS
                && all.values().stream().noneMatch(Set::isEmpty);
    }

    private void produce(int count) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrap());
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            var sent = new ArrayList<Future<?>>();
            for (int i = 0; i < count; i++, produced++) {
                sent.add(producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, "ride " + produced)));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private void assertEveryRecordWasReadOnce(Consumers consumers) {
        assertThat(consumers.values())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, produced).mapToObj(i -> "ride " + i).toList());
    }

    private GroupType type() throws Exception {
        return admin.listGroups().all().get().stream()
                .filter(group -> group.groupId().equals(GROUP))
                .findFirst()
                .flatMap(GroupListing::type)
                .orElseThrow();
    }

    private ConsumerGroupDescription described() throws Exception {
        var all = admin.describeConsumerGroups(List.of(GROUP)).all().get();
        return Objects.requireNonNull(all.get(GROUP));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RangeAssignor", "CooperativeStickyAssignor"})
    void membersRollFromTheClassicProtocolToTheNewOneAndBack(String assignor) throws Exception {
        try (var consumers =
                consumers(Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor))) {
            for (String name : NAMES) {
                consumers.start(name);
            }
            awaitAllAtWork(consumers, 3);
            assertThat(type()).isEqualTo(GroupType.CLASSIC);

            for (String name : NAMES) {
                consumers.stop(name);
                consumers.startNew(name + "-new", null);
                awaitAllAtWork(consumers, 3);
                assertThat(type()).isEqualTo(GroupType.CONSUMER);
            }
            for (String name : NAMES) {
                assertThat(type()).isEqualTo(GroupType.CONSUMER);
                consumers.stop(name + "-new");
                consumers.start(name + "-again");
                awaitAllAtWork(consumers, 3);
            }
            assertThat(type()).isEqualTo(GroupType.CLASSIC);
            assertEveryRecordWasReadOnce(consumers);
        }
    }

    @Test
    void aStaticMemberChangesItsProtocolInItsOldPlace() throws Exception {
        try (var consumers = consumers(Map.of("session.timeout.ms", "30000"))) {
            consumers.start("alice", "i1");
            consumers.start("bob", "i2");
            awaitAllAtWork(consumers, 2);

            consumers.kill("bob");
            consumers.startNew("bob-new", "i2");
            awaitAllAtWork(consumers, 2);
            assertThat(type()).isEqualTo(GroupType.CONSUMER);
            assertThat(described().members()).hasSize(2);

            consumers.kill("bob-new");
            consumers.start("bob-again", "i2");
            awaitAllAtWork(consumers, 2);
            assertThat(type()).isEqualTo(GroupType.CLASSIC);
            assertThat(described().members()).hasSize(2);
        }
    }

    @Test
    void aGroupOfBothProtocolsOutlivesTheBroker() throws Exception {
        try (var consumers = consumers(Map.of())) {
            consumers.start("alice");
            consumers.startNew("bob", null);
            awaitAllAtWork(consumers, 2);

            broker.kill();
            broker.start();
            awaitAllAtWork(consumers, 2);
            assertThat(type()).isEqualTo(GroupType.CONSUMER);

            consumers.kill("bob");
            awaitAllAtWork(consumers, 1);
            assertThat(type()).isEqualTo(GroupType.CLASSIC);

            broker.restart();
            awaitAllAtWork(consumers, 1);
            assertThat(type()).isEqualTo(GroupType.CLASSIC);
        }
    }

    @Test
    void aClassicMemberThatDiesLeavesItsPartitionsToTheOthers() throws Exception {
        try (var consumers = consumers(Map.of())) {
            consumers.start("alice");
            consumers.startNew("bob", null);
            consumers.start("carol");
            awaitAllAtWork(consumers, 3);

            consumers.kill("alice");
            awaitAllAtWork(consumers, 2);
            assertThat(type()).isEqualTo(GroupType.CONSUMER);
        }
    }
}
