package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.KafkaGroups;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A classic group to which members of the new protocol come, until the last of them has gone: told to our machine and to Kafka's
 * own, where each answer and each record must be the same.
 */
class KafkaMixedGroupsTest {
    private static final int LIVES = 100;
    private static final int STEPS = 80;
    private static final String GROUP = "g";

    @Test
    void eachAnswerAndEachRecordIsKafkas() {
        int downgrades = 0;
        for (long seed = 1; seed <= LIVES; seed++) {
            downgrades += new Life(seed).live() ? 1 : 0;
        }
        assertThat(downgrades).as("groups that became classic again").isGreaterThan(LIVES / 10);
    }

    /** A member of the classic protocol: what it was told last. */
    private static final class ClassicMember {
        final String id;
        int generation;
        List<ConsumerProtocolSubscription.TopicPartition> owned = List.of();

        ClassicMember(String id) {
            this.id = id;
        }
    }

    private static final class Life {
        private final String name;
        private final Random random;
        private final RandomMembers newMembers;
        private final List<ClassicMember> classicMembers = new ArrayList<>();
        private final ScriptedCluster cluster = new ScriptedCluster();
        private final Groups ours;
        private final KafkaGroups kafkas;
        private Moment now = new Moment(1_000_000, 1_000_000);
        private boolean isClassicAgain;
        private int born;

        Life(long seed) {
            name = "seed " + seed + ", step ";
            random = new Random(seed);
            newMembers = new RandomMembers(random);
            cluster.set(new GroupValues(45_000, 5_000, 0));
            cluster.put("rides", 4);
            cluster.put("stops", 3);
            var consumers = new GroupConfig.Consumers(
                    8,
                    List.of(Assignor.UNIFORM),
                    GroupConfig.Consumers.DEFAULT.migrationPolicy(),
                    GroupConfig.Consumers.DEFAULT.regexRefreshIntervalMs());
            ours = new Groups(new GroupConfig(6_000, 1_800_000, 0, 100, 4096, 1000, 1000, consumers), cluster);
            kafkas = new KafkaGroups(
                    Map.of(
                            "group.consumer.assignors", OurAssignor.class.getName(),
                            "group.consumer.max.size", 8,
                            "group.consumer.assignment.interval.ms", 0),
                    KafkaTopics.of(cluster),
                    now.wallMs());
            beginAsClassicGroup();
        }

        private void beginAsClassicGroup() {
            var members = new ArrayList<MemberMetadata>();
            for (int i = 0; i < 2; i++) {
                String id = "c" + born++;
                var member = new ClassicMember(id);
                member.generation = 7;
                classicMembers.add(member);
                var assignment = new ConsumerProtocolAssignment();
                assignment
                        .assignedPartitions()
                        .add(new ConsumerProtocolAssignment.TopicPartition()
                                .setTopic("rides")
                                .setPartitions(List.of(2 * i, 2 * i + 1)));
                members.add(new MemberMetadata()
                        .setMemberId(id)
                        .setClientId(id)
                        .setClientHost("/127.0.0.1")
                        .setRebalanceTimeout(30_000)
                        .setSessionTimeout(10_000 + i)
                        .setSubscription(subscription(List.of("rides"), List.of()))
                        .setAssignment(MessageUtil.toVersionPrefixedBytes((short) 0, assignment)));
            }
            var value = new GroupMetadataValue()
                    .setProtocolType("consumer")
                    .setGeneration(7)
                    .setProtocol("range")
                    .setLeader("c0")
                    .setCurrentStateTimestamp(1)
                    .setMembers(members);
            var record = new GroupRecord(new GroupMetadataKey().setGroup(GROUP), value, (short) 3);
            ours.replay(new LogEntry.Written(
                    0,
                    ByteBuffer.wrap(record.keyBytes()),
                    ByteBuffer.wrap(Objects.requireNonNull(record.valueBytes())),
                    null));
            kafkas.replay(CoordinatorRecord.record(record.key(), new ApiMessageAndVersion(value, (short) 3)));
            kafkas.loaded();
            take(ours.loaded(GROUP, now));
        }

        /** Returns whether it ended as a classic group. */
        boolean live() {
            newHeartbeat(name + "first");
            for (int step = 0; step < STEPS && !isClassicAgain && isMixed(); step++) {
                String where = name + step;
                switch (random.nextInt(12)) {
                    case 0, 1, 2, 3 -> newHeartbeat(where);
                    case 4, 5, 6 -> join(where);
                    case 7, 8 -> sync(where);
                    case 9 -> advance(where);
                    case 10 -> {
                        if (random.nextInt(4) == 0) {
                            leave(where);
                        }
                    }
                    default -> heartbeat(where);
                }
            }
            return isClassicAgain;
        }

        private boolean isMixed() {
            return ours.group(GROUP).state() instanceof ConsumerGroup group && !group.isEmpty();
        }

        private ClassicMember someone() {
            if (classicMembers.isEmpty() || random.nextInt(10) == 0) {
                classicMembers.add(new ClassicMember("c" + born++));
            }
            return classicMembers.get(random.nextInt(classicMembers.size()));
        }

        private void newHeartbeat(String where) {
            ConsumerGroupHeartbeatRequestData request = newMembers.next();
            var expected = kafkas.heartbeat(request.duplicate(), (short) 1, request.memberId());
            var answers = new ArrayList<ConsumerGroupHeartbeatResponseData>();
            List<GroupRecord> records = take(ours.heartbeat(
                    new ConsumerHeartbeat(request, request.memberId(), "/127.0.0.1", "fresh", answers::add), now));
            String what = where + ": " + request;
            assertThat(answers.getFirst().errorCode())
                    .as(what)
                    .isEqualTo(expected.response().errorCode());
            assertThat(answers.getFirst().errorMessage())
                    .as(what)
                    .isEqualTo(expected.response().errorMessage());
            assertThat(answers.getFirst().memberEpoch())
                    .as(what)
                    .isEqualTo(expected.response().memberEpoch());
            compare(what, records, expected.records());
            newMembers.answered(request, answers.getFirst());
        }

        private void join(String where) {
            ClassicMember member = someone();
            var owned = random.nextInt(3) == 0 ? List.<ConsumerProtocolSubscription.TopicPartition>of() : member.owned;
            List<String> topics = random.nextInt(4) == 0 ? List.of("rides", "stops") : List.of("rides");
            var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
            protocols.add(new JoinGroupRequestProtocol()
                    .setName(random.nextInt(15) == 0 ? "sticky" : "range")
                    .setMetadata(subscription(topics, owned)));
            var request = new JoinGroupRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(member.id)
                    .setProtocolType("consumer")
                    .setProtocols(protocols)
                    .setSessionTimeoutMs(10_000)
                    .setRebalanceTimeoutMs(20_000);
            var expected = kafkas.join(request.duplicate(), (short) 9, member.id);
            var answers = new ArrayList<JoinGroupResponseData>();
            List<GroupRecord> records =
                    take(ours.join(new Join(request, (short) 9, member.id, "/127.0.0.1", "1", answers::add), now));
            String what = where + ": " + request;
            JoinGroupResponseData answer = answers.getFirst();
            assertThat(answer.errorCode()).as(what).isEqualTo(error(expected.response(), expected.error()));
            if (answer.errorCode() == 0) {
                assertThat(answer).as(what).isEqualTo(expected.response());
                member.generation = answer.generationId();
            }
            compare(what, records, expected.records());
        }

        private static short error(@Nullable JoinGroupResponseData response, Errors error) {
            return response == null ? error.code() : response.errorCode();
        }

        private void sync(String where) {
            ClassicMember member = someone();
            var request = new SyncGroupRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(member.id)
                    .setGenerationId(member.generation - random.nextInt(8) / 7)
                    .setProtocolType("consumer")
                    .setProtocolName(random.nextInt(15) == 0 ? "sticky" : "range");
            var expected = kafkas.sync(request.duplicate(), (short) 5, member.id);
            var answers = new ArrayList<SyncGroupResponseData>();
            List<GroupRecord> records = take(ours.sync(request, answers::add, now));
            String what = where + ": " + request;
            SyncGroupResponseData answer = answers.getFirst();
            SyncGroupResponseData wanted = expected.response();
            assertThat(answer.errorCode())
                    .as(what)
                    .isEqualTo(wanted == null ? expected.error().code() : wanted.errorCode());
            if (wanted != null && answer.errorCode() == 0) {
                assertThat(assigned(answer)).as(what).isEqualTo(assigned(wanted));
                member.owned = assigned(answer).entrySet().stream()
                        .map(topic -> new ConsumerProtocolSubscription.TopicPartition()
                                .setTopic(topic.getKey())
                                .setPartitions(topic.getValue()))
                        .toList();
            }
            compare(what, records, expected.records());
        }

        private static Map<String, List<Integer>> assigned(SyncGroupResponseData answer) {
            var assigned = new TreeMap<String, List<Integer>>();
            EmbeddedProtocol.assignment(Bytes.wrap(answer.assignment()))
                    .assignedPartitions()
                    .forEach(topic -> assigned.put(
                            topic.topic(), topic.partitions().stream().sorted().toList()));
            return assigned;
        }

        private void heartbeat(String where) {
            ClassicMember member = someone();
            var request = new HeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(member.id)
                    .setGenerationId(member.generation - random.nextInt(8) / 7);
            var expected = kafkas.classicHeartbeat(request.duplicate());
            var answers = new ArrayList<HeartbeatResponseData>();
            List<GroupRecord> records = take(ours.heartbeat(request, answers::add, now));
            HeartbeatResponseData wanted = expected.response();
            assertThat(answers.getFirst().errorCode())
                    .as(where + ": " + request)
                    .isEqualTo(wanted == null ? expected.error().code() : wanted.errorCode());
            compare(where + ": " + request, records, expected.records());
        }

        private void leave(String where) {
            var request = new LeaveGroupRequestData()
                    .setGroupId(GROUP)
                    .setMembers(List.of(new MemberIdentity().setMemberId(someone().id)));
            var expected = kafkas.leave(request.duplicate());
            var answers = new ArrayList<LeaveGroupResponseData>();
            List<GroupRecord> records = take(ours.leave(request, answers::add, now));
            assertThat(answers.getFirst()).as(where + ": " + request).isEqualTo(expected.response());
            compare(where + ": " + request, records, expected.records());
        }

        private void advance(String where) {
            long ms = random.nextInt(3) == 0 ? random.nextInt(25_000) : random.nextInt(2_000);
            now = now.plusMs(ms);
            var records = new ArrayList<GroupRecord>();
            Optional<Step> due = isMixed() ? ours.due(GROUP, now) : Optional.empty();
            while (due.isPresent()) {
                records.addAll(take(due.get()));
                due = isMixed() ? ours.due(GROUP, now) : Optional.empty();
            }
            compare(where + ": " + ms + " ms later", records, kafkas.advance(ms));
        }

        private List<GroupRecord> take(Step step) {
            ours.apply(step, 0);
            step.replies().forEach(Reply::deliver);
            return step.records();
        }

        private void compare(String where, List<GroupRecord> our, List<CoordinatorRecord> kafka) {
            assertThat(our.stream().map(Life::text).sorted().toList())
                    .as(where)
                    .isEqualTo(kafka.stream()
                            .map(record -> text(ofKafka(record)))
                            .distinct()
                            .sorted()
                            .toList());
            isClassicAgain |=
                    our.stream().anyMatch(record -> record.key() instanceof GroupMetadataKey && record.value() != null);
        }

        /** What the record comes to. Of a classic group the first of its members leads, whoever that is in a hash table. */
        private static String text(GroupRecord record) {
            if (record.key() instanceof GroupMetadataKey) {
                GroupMetadataValue value = (GroupMetadataValue) record.value();
                if (value != null) {
                    var members = new ArrayList<>(value.members());
                    members.sort(Comparator.comparing(MemberMetadata::memberId));
                    return record.key() + " " + value.duplicate().setLeader("").setMembers(members);
                }
                return record.key() + " deleted";
            }
            var group = new ConsumerGroup();
            ConsumerRecords.replay(record, group);
            return record.key() + " " + (record.value() == null ? "deleted" : ScriptTexts.all(group)) + " "
                    + ScriptTexts.of(record);
        }

        private static GroupRecord ofKafka(CoordinatorRecord record) {
            return record.value() == null
                    ? new GroupRecord(record.key(), null, (short) 0)
                    : new GroupRecord(
                            record.key(),
                            record.value().message(),
                            record.value().version());
        }

        private static byte[] subscription(
                List<String> topics, List<ConsumerProtocolSubscription.TopicPartition> owned) {
            var message = new ConsumerProtocolSubscription().setTopics(topics);
            owned.forEach(topic -> message.ownedPartitions().add(topic.duplicate()));
            return MessageUtil.toVersionPrefixedBytes((short) 1, message);
        }
    }
}
