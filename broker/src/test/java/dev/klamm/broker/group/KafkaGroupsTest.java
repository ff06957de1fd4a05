package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.KafkaGroups;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random members of a group of the new protocol, topics that come and go, and time, told to our machine and to Kafka's own:
 * each answer and each record must be the same.
 */
class KafkaGroupsTest {
    private static final int LIVES = 40;
    private static final int STEPS = 250;
    private static final String GROUP = "g";

    @ParameterizedTest
    @ValueSource(ints = {0, 1000})
    void eachAnswerAndEachRecordIsKafkas(int assignmentIntervalMs) {
        for (long seed = 1; seed <= LIVES; seed++) {
            new Comparison(seed, assignmentIntervalMs).run();
        }
    }

    private static final class Comparison {
        private final String name;
        private final Random random;
        private final RandomMembers members;
        private final Map<String, Object> settings;
        private final ScriptedCluster cluster = new ScriptedCluster();
        private final GroupConfig config;
        private Groups ours;
        private KafkaGroups kafkas;
        private KafkaTopics kafkasTopics;
        private Moment now = new Moment(1_000_000, 1_000_000);
        private final List<GroupRecord> log = new ArrayList<>();

        Comparison(long seed, int assignmentIntervalMs) {
            name = "seed " + seed + ", assignment interval " + assignmentIntervalMs + ", step ";
            random = new Random(seed);
            members = new RandomMembers(random);
            int maxSize = 3 + random.nextInt(6);
            settings = Map.of(
                    "group.consumer.assignors", OurAssignor.class.getName(),
                    "group.consumer.max.size", maxSize,
                    "group.consumer.assignment.interval.ms", assignmentIntervalMs);
            cluster.set(new GroupValues(45_000, 5_000, assignmentIntervalMs));
            var consumers = new GroupConfig.Consumers(
                    maxSize,
                    List.of(Assignor.UNIFORM),
                    GroupConfig.Consumers.DEFAULT.migrationPolicy(),
                    GroupConfig.Consumers.DEFAULT.regexRefreshIntervalMs());
            config = new GroupConfig(6_000, 1_800_000, 0, 100, 4096, 1000, 1000, consumers);
            cluster.put("rides", 3);
            ours = new Groups(config, cluster);
            kafkasTopics = KafkaTopics.of(cluster);
            kafkas = new KafkaGroups(settings, kafkasTopics, now.wallMs());
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                String where = name + step;
                switch (random.nextInt(20)) {
                    case 0 -> changeTopics();
                    case 1, 2 -> advance(where);
                    case 3 -> restart(where);
                    default -> heartbeat(where);
                }
            }
        }

        private void changeTopics() {
            String topic = List.of("rides", "stops", "fares").get(random.nextInt(3));
            if (cluster.topic(topic) != null && random.nextInt(3) == 0) {
                cluster.delete(topic);
            } else {
                var present = cluster.topic(topic);
                cluster.put(topic, (present == null ? 0 : present.partitionCount()) + 1 + random.nextInt(3));
            }
            KafkaTopics changed = KafkaTopics.of(cluster);
            kafkas.update(changed.since(kafkasTopics), changed);
            kafkasTopics = changed;
        }

        private void advance(String where) {
            long ms = random.nextInt(4) == 0 ? random.nextInt(60_000) : random.nextInt(3_000);
            now = now.plusMs(ms);
            var records = new ArrayList<GroupRecord>();
            Optional<Step> due = ours.due(GROUP, now);
            while (due.isPresent()) {
                records.addAll(take(due.get()));
                due = ours.due(GROUP, now);
            }
            compare(where + ": " + ms + " ms later", records, kafkas.advance(ms));
        }

        private void restart(String where) {
            ours = new Groups(config, cluster);
            log.forEach(record -> ours.replay(entry(record)));
            kafkas = new KafkaGroups(settings, kafkasTopics, now.wallMs());
            log.forEach(record -> kafkas.replay(kafkas(record)));
            kafkas.loaded();
            List<GroupRecord> records = take(ours.loaded(GROUP, now));
            compare(where + ": restart", records, List.of());
        }

        private void heartbeat(String where) {
            ConsumerGroupHeartbeatRequestData request = members.next();
            KafkaGroups.Outcome kafkas = this.kafkas.heartbeat(request.duplicate(), (short) 1, request.memberId());
            var answers = new ArrayList<ConsumerGroupHeartbeatResponseData>();
            var heartbeat = new ConsumerHeartbeat(request, request.memberId(), "/127.0.0.1", "fresh", answers::add);
            List<GroupRecord> records = take(ours.heartbeat(heartbeat, now));
            ConsumerGroupHeartbeatResponseData ours = answers.getFirst();
            assertThat(sorted(ours)).as(where + ": " + request).isEqualTo(sorted(kafkas.response()));
            compare(where + ": " + request, records, kafkas.records());
            members.answered(request, ours);
        }

        private List<GroupRecord> take(Step step) {
            log.addAll(step.records());
            ours.apply(step, 0);
            step.replies().forEach(Reply::deliver);
            return step.records();
        }

        /**
         * By what the records say and, since members of a map may come in any order, not by their order. Where a static
         * member takes over, Kafka says the same of its target twice.
         */
        private static void compare(String where, List<GroupRecord> ours, List<CoordinatorRecord> kafkas) {
            assertThat(ours.stream().map(Comparison::text).sorted().toList())
                    .as(where)
                    .isEqualTo(kafkas.stream()
                            .map(record -> text(ofKafka(record)))
                            .distinct()
                            .sorted()
                            .toList());
        }

        /** What the record comes to in a group that has nothing but that. */
        private static String text(GroupRecord record) {
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

        private static CoordinatorRecord kafkas(GroupRecord record) {
            GroupRecord read = readAgain(record);
            return read.value() == null
                    ? CoordinatorRecord.tombstone(read.key())
                    : CoordinatorRecord.record(
                            read.key(),
                            new org.apache.kafka.server.common.ApiMessageAndVersion(read.value(), read.valueVersion()));
        }

        private static LogEntry entry(GroupRecord record) {
            byte[] value = record.valueBytes();
            return new LogEntry.Written(
                    0, ByteBuffer.wrap(record.keyBytes()), value == null ? null : ByteBuffer.wrap(value), null);
        }

        private static GroupRecord readAgain(GroupRecord record) {
            byte[] value = record.valueBytes();
            return GroupRecord.read(ByteBuffer.wrap(record.keyBytes()), value == null ? null : ByteBuffer.wrap(value))
                    .orElseThrow();
        }

        private static Map<String, Object> sorted(ConsumerGroupHeartbeatResponseData response) {
            var facts = new TreeMap<String, Object>();
            facts.put("error", response.errorCode());
            facts.put("message", String.valueOf(response.errorMessage()));
            facts.put("member", String.valueOf(response.memberId()));
            facts.put("epoch", response.memberEpoch());
            facts.put("interval", response.heartbeatIntervalMs());
            if (response.assignment() != null) {
                var assigned = new TreeMap<Uuid, List<Integer>>();
                response.assignment()
                        .topicPartitions()
                        .forEach(topic -> assigned.put(
                                topic.topicId(),
                                topic.partitions().stream().sorted().toList()));
                facts.put("assignment", assigned);
            }
            return facts;
        }
    }
}
