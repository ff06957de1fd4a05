package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Apache Kafka's own tools, each a process, and what they print. */
@ExtendWith(SharedBroker.class)
final class KafkaToolsTest {
    private final String broker;
    private final Reference reference;

    @TempDir
    private Path directory = Path.of("");

    KafkaToolsTest(BrokerUnderTest broker) {
        this.broker = broker.bootstrapServers();
        reference = new Reference(this.broker);
    }

    @AfterEach
    void disconnect() {
        reference.close();
    }

    @Test
    void topicsCreatesDescribesAltersListsAndDeletes() {
        String topic = Reference.newName("tool");

        List<String> created =
                topics("--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=1000");
        List<String> described = topics("--describe", "--topic", topic);
        topics("--alter", "--topic", topic, "--partitions", "4");
        List<String> listed = topics("--list");
        List<String> describedAgain = topics("--describe", "--topic", topic);
        topics("--delete", "--topic", topic);

        assertThat(created).containsExactly("Created topic " + topic + ".");
        assertThat(described.getFirst())
                .contains("Topic: " + topic, "PartitionCount: 3", "ReplicationFactor: 1", "retention.ms=1000");
        assertThat(described).hasSize(4);
        assertThat(described.get(3)).contains("Partition: 2\tLeader: 1\tReplicas: 1\tIsr: 1");
        assertThat(listed).contains(topic);
        assertThat(describedAgain).hasSize(5);
        assertThat(topics("--list")).doesNotContain(topic);
    }

    @Test
    void topicsTellsThatATopicExists() {
        String topic = reference.newTopic(1);

        Program tool = KafkaTool.TOPICS.start("--bootstrap-server", broker, "--create", "--topic", topic);

        assertThat(tool.awaitExit()).isEqualTo(1);
        assertThat(tool.transcript()).contains("Topic '" + topic + "' already exists.");
    }

    @Test
    void configsAltersAndDescribesATopic() {
        String topic = reference.newTopic(1);
        String[] entity = {"--entity-type", "topics", "--entity-name", topic};

        List<String> altered =
                configs(entity, "--alter", "--add-config", "max.message.bytes=2000,cleanup.policy=compact");
        List<String> described = configs(entity, "--describe");
        configs(entity, "--alter", "--delete-config", "cleanup.policy");
        List<String> describedAgain = configs(entity, "--describe");

        assertThat(altered).containsExactly("Completed updating config for topic " + topic + ".");
        assertThat(described)
                .anyMatch(line -> line.startsWith("  max.message.bytes=2000 sensitive=false synonyms="
                        + "{DYNAMIC_TOPIC_CONFIG:max.message.bytes=2000, DEFAULT_CONFIG:message.max.bytes=1048588}"))
                .anyMatch(line -> line.startsWith("  cleanup.policy=compact sensitive=false synonyms="
                        + "{DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact, DEFAULT_CONFIG:log.cleanup.policy=delete}"));
        assertThat(describedAgain).noneMatch(line -> line.contains("cleanup.policy"));
    }

    @Test
    void configsDescribesAllOfABroker() {
        List<String> described =
                configs(new String[] {"--entity-type", "brokers", "--entity-name", "1"}, "--describe", "--all");

        assertThat(described.getFirst()).isEqualTo("All configs for broker 1 are:");
        assertThat(described)
                .anyMatch(line -> line.startsWith("  log.segment.bytes=1073741824 "))
                .anyMatch(line -> line.startsWith("  auto.create.topics.enable=false sensitive=false synonyms="
                        + "{STATIC_BROKER_CONFIG:auto.create.topics.enable=false, "
                        + "DEFAULT_CONFIG:auto.create.topics.enable=true}"));
    }

    @Test
    void consoleProducerAndConsumerCarryKeysAndHeaders() {
        String topic = reference.newTopic(1);

        KafkaTool.CONSOLE_PRODUCER
                .start(
                        "--bootstrap-server",
                        broker,
                        "--topic",
                        topic,
                        "--reader-property",
                        "parse.key=true",
                        "--reader-property",
                        "key.separator=:",
                        "--reader-property",
                        "parse.headers=true")
                .feed(List.of("h1:v1\tk1:hello", "h1:v1,h2:v2\tk2:world"))
                .awaitSuccess();
        List<String> consumed = KafkaTool.CONSOLE_CONSUMER.run(
                "--bootstrap-server",
                broker,
                "--topic",
                topic,
                "--from-beginning",
                "--max-messages",
                "2",
                "--formatter-property",
                "print.key=true",
                "--formatter-property",
                "print.headers=true",
                "--formatter-property",
                "print.offset=true");

        assertThat(consumed).containsExactly("Offset:0\th1:v1\tk1\thello", "Offset:1\th1:v1,h2:v2\tk2\tworld");
    }

    @Test
    void consumerGroupsDescribesResetsAndDeletes() {
        String topic = reference.newTopic(1);
        String group = Reference.newName("group");
        reference.produce(topic, 0, "none", Reference.numbered("record ", 5));
        KafkaTool.CONSOLE_CONSUMER.run(
                "--bootstrap-server",
                broker,
                "--topic",
                topic,
                "--from-beginning",
                "--max-messages",
                "3",
                "--group",
                group);

        List<String> listed = groups("--list");
        List<String> described = groups("--describe", "--group", group);
        List<String> state = groups("--describe", "--group", group, "--state");
        List<String> reset =
                groups("--reset-offsets", "--to-earliest", "--topic", topic, "--group", group, "--execute");
        Map<Integer, Long> committed = reference.committed(group);
        List<String> deleted = groups("--delete", "--group", group);

        assertThat(listed).contains(group);
        assertThat(words(described)).contains(List.of(group, topic, "0", "3", "5", "2", "-", "-", "-"));
        assertThat(words(state)).contains(List.of(group, broker, "(1)", "-", "Empty", "0"));
        assertThat(words(reset)).contains(List.of(group, topic, "0", "0"));
        assertThat(committed).isEqualTo(Map.of(0, 0L));
        assertThat(deleted).contains("Deletion of requested consumer groups ('" + group + "') was successful.");
        assertThat(groups("--list")).doesNotContain(group);
    }

    @Test
    void consumerGroupsShowsTheMembersOfARunningGroup() {
        String topic = reference.newTopic(2);
        String group = Reference.newName("group");
        try (Program member = ScriptedClient.java().member(broker, topic, group, "a-member", 0)) {
            Eventually.await("a member", () -> reference.assignments(group), shares -> !shares.isEmpty());

            List<String> members = groups("--describe", "--group", group, "--members", "--verbose");

            assertThat(member.isAlive()).isTrue();
            assertThat(String.join("\n", members)).contains("a-member", "/127.0.0.1", topic + ":0,1");
        }
    }

    @Test
    void getOffsetsFindsTheEarliestTheLatestAndTheGreatestTimestamp() {
        String topic = reference.newTopic(2);
        reference.produce(topic, 1, "none", Reference.numbered("record ", 5));

        assertThat(offsets(topic, "latest")).containsExactly(topic + ":0:0", topic + ":1:5");
        assertThat(offsets(topic, "earliest")).containsExactly(topic + ":0:0", topic + ":1:0");
        assertThat(offsets(topic, "0")).contains(topic + ":1:0");
        assertThat(offsets(topic, "max-timestamp")).anyMatch(line -> line.matches(topic + ":1:[0-4]"));
    }

    @Test
    void performanceToolsMoveRecords() {
        String topic = reference.newTopic(3);

        List<String> produced = run(
                KafkaTool.PRODUCER_PERFORMANCE,
                "--topic",
                topic,
                "--num-records",
                "20000",
                "--record-size",
                "100",
                "--throughput",
                "-1",
                "--command-property",
                "acks=all");
        List<String> consumed = run(KafkaTool.CONSUMER_PERFORMANCE, "--topic", topic, "--num-records", "20000");

        assertThat(produced.getLast()).startsWith("20000 records sent, ").contains(" 99th, ");
        String[] columns = consumed.getLast().split(", ", -1);
        assertThat(columns[4]).isEqualTo("20000");
    }

    @Test
    void brokerApiVersionsListsTheVersionsOfKafka() {
        List<String> lines = KafkaTool.BROKER_API_VERSIONS.run("--bootstrap-server", broker);

        assertThat(lines.getFirst()).startsWith(broker + " (id: 1 rack: null isFenced: false) -> (");
        assertThat(lines.stream().map(String::strip))
                .contains(
                        "Produce(0): 0 to 13 [usable: 13],",
                        "Fetch(1): 4 to 18 [usable: 18],",
                        "ListOffsets(2): 1 to 11 [usable: 11],",
                        "Metadata(3): 0 to 13 [usable: 13],",
                        "JoinGroup(11): 0 to 9 [usable: 9],",
                        "ApiVersions(18): 0 to 4 [usable: 4],",
                        "CreateTopics(19): 2 to 7 [usable: 7],",
                        "DescribeTopicPartitions(75): 0 [usable: 0],");
    }

    @Test
    void logDirsDescribesTheSizeOfAPartition() {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", Reference.numbered("record ", 5));

        List<String> lines = KafkaTool.LOG_DIRS.run("--bootstrap-server", broker, "--describe", "--topic-list", topic);

        var partition = RecordJson.parse(lines.getLast()).at("/brokers/0/logDirs/0/partitions/0");
        assertThat(partition.get("partition").asText()).isEqualTo(topic + "-0");
        assertThat(partition.get("size").asInt()).isBetween(100, 1000);
        assertThat(partition.get("isFuture").asBoolean()).isFalse();
    }

    @Test
    void deleteRecordsMovesTheLogStart() throws IOException {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", Reference.numbered("record ", 5));
        Path offsets = directory.resolve("offsets.json");
        Files.writeString(
                offsets, "{\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":3}],\"version\":1}");

        List<String> said =
                KafkaTool.DELETE_RECORDS.run("--bootstrap-server", broker, "--offset-json-file", offsets.toString());

        assertThat(said).contains("partition: " + topic + "-0\tlow_watermark: 3");
        assertThat(offsets(topic, "earliest")).containsExactly(topic + ":0:3");
        assertThat(reference.read(topic, 2)).extracting(Received::offset).containsExactly(3L, 4L);
    }

    private List<String> topics(String... arguments) {
        return run(KafkaTool.TOPICS, arguments);
    }

    private List<String> groups(String... arguments) {
        return run(KafkaTool.CONSUMER_GROUPS, arguments);
    }

    private List<String> configs(String[] entity, String... arguments) {
        return run(
                KafkaTool.CONFIGS,
                Stream.of(entity, arguments).flatMap(Arrays::stream).toArray(String[]::new));
    }

    private List<String> offsets(String topic, String time) {
        return run(KafkaTool.GET_OFFSETS, "--topic", topic, "--time", time);
    }

    private List<String> run(KafkaTool tool, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "--bootstrap-server";
        all[1] = broker;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return tool.run(all);
    }

    /** The columns of a table. */
    private static List<List<String>> words(List<String> lines) {
        return lines.stream()
                .map(line -> List.of(line.strip().split("\\s+", -1)))
                .toList();
    }
}
