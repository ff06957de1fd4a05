package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Apache Kafka's tool for consumer groups, on running groups of the classic protocol and of KIP-848. */
@ExtendWith(SharedBroker.class)
final class KafkaRunningGroupsTest {
    private final String broker;
    private final Reference reference;
    private final String group = Reference.newName("group");

    KafkaRunningGroupsTest(BrokerUnderTest broker) {
        this.broker = broker.bootstrapServers();
        reference = new Reference(this.broker);
    }

    @AfterEach
    void disconnect() {
        reference.close();
    }

    @ParameterizedTest
    @CsvSource({"classic,Classic", "consumer,Consumer"})
    void aGroupIsListedByItsTypeAndState(String protocol, String type) {
        String topic = reference.newTopic(1);
        String other = type.equals("Classic") ? "consumer" : "classic";
        try (Program member = member(topic, protocol)) {
            awaitAssignment(topic);

            assertThat(member.isAlive()).isTrue();
            assertThat(row(run("--list", "--type"))).containsExactly(group, type);
            assertThat(row(run("--list", "--type", protocol))).containsExactly(group, type);
            assertThat(run("--list", "--type", other)).noneMatch(line -> line.contains(group));
            assertThat(row(run("--list", "--state"))).containsExactly(group, "Stable");
        }
    }

    @ParameterizedTest
    @CsvSource({"classic,range", "consumer,uniform"})
    void itsStateIsDescribed(String protocol, String assignor) {
        String topic = reference.newTopic(1);
        try (Program member = member(topic, protocol)) {
            awaitAssignment(topic);

            assertThat(member.isAlive()).isTrue();
            assertThat(row(run("--describe", "--group", group, "--state")))
                    .containsExactly(group, broker, "(1)", assignor, "Stable", "1");
            List<String> verbose = row(run("--describe", "--group", group, "--state", "--verbose"));
            assertThat(verbose)
                    .startsWith(group, broker, "(1)", assignor, "Stable")
                    .endsWith("1");
            assertThat(verbose.get(5)).matches(protocol.equals("classic") ? "-" : "[1-9]\\d*");
            assertThat(verbose.get(6)).isEqualTo(verbose.get(5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void itsMembersAreDescribedWithWhatTheyHave(String protocol) {
        String topic = reference.newTopic(2);
        try (Program member = member(topic, protocol)) {
            awaitAssignment(topic);

            List<String> row = row(run("--describe", "--group", group, "--members", "--verbose"));

            assertThat(member.isAlive()).isTrue();
            assertThat(row.subList(2, 5)).containsExactly("/127.0.0.1", "a-member", "2");
            assertThat(row.get(6)).isEqualTo(topic + ":0,1");
            assertThat(row.get(8)).isEqualTo(protocol.equals("classic") ? "-" : topic + ":0,1");
            assertThat(row.get(7)).isEqualTo(row.get(5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void itsOffsetsAreDescribedWithWhoHasThem(String protocol) {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", Reference.numbered("record ", 5));
        try (Program member = member(topic, protocol)) {
            member.awaitOutput("5 records", lines -> lines.size() >= 5);
            Eventually.await("a commit", () -> reference.committed(group).get(0), offset -> offset != null);

            List<String> row = row(run("--describe", "--group", group, "--offsets", "--verbose"));

            assertThat(row.subList(0, 3)).containsExactly(group, topic, "0");
            assertThat(row.subList(4, 7)).containsExactly("5", "5", "0");
            assertThat(row.subList(8, 10)).containsExactly("/127.0.0.1", "a-member");
        }
    }

    @Test
    void aGroupOfTheNewProtocolIsResetAndDeletedWhenItsMembersAreGone() {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", Reference.numbered("record ", 5));
        try (Program member = member(topic, "consumer", "--max-messages", "5")) {
            member.awaitSuccess();
        }

        List<String> empty = row(run("--describe", "--group", group, "--state"));
        run("--reset-offsets", "--to-offset", "2", "--topic", topic, "--group", group, "--execute");
        Set<Long> committed = Set.copyOf(reference.committed(group).values());
        List<String> deleted = run("--delete", "--group", group);

        assertThat(empty).contains("Empty", "0");
        assertThat(committed).containsExactly(2L);
        assertThat(deleted).contains("Deletion of requested consumer groups ('" + group + "') was successful.");
        assertThat(run("--list")).doesNotContain(group);
    }

    private Program member(String topic, String protocol, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--bootstrap-server", broker, "--topic", topic));
        arguments.addAll(List.of("--group", group, "--from-beginning"));
        for (String setting :
                List.of("group.protocol=" + protocol, "client.id=a-member", "auto.commit.interval.ms=100")) {
            arguments.addAll(List.of("--command-property", setting));
        }
        arguments.addAll(List.of(more));
        return KafkaTool.CONSOLE_CONSUMER.start(arguments.toArray(String[]::new));
    }

    private void awaitAssignment(String topic) {
        Eventually.await(
                "a member that has " + topic,
                () -> reference.assignments(group),
                shares -> shares.values().stream().anyMatch(partitions -> !partitions.isEmpty()));
    }

    private List<String> row(List<String> table) {
        return table.stream()
                .map(line -> List.of(line.strip().split("\\s+", -1)))
                .filter(row -> row.getFirst().equals(group))
                .findFirst()
                .orElseThrow(() -> new AssertionError(group + " is not in " + table));
    }

    private List<String> run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker));
        all.addAll(List.of(arguments));
        return KafkaTool.CONSUMER_GROUPS.run(all.toArray(String[]::new));
    }
}
