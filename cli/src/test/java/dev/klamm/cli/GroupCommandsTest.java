package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klamm;
import static dev.klamm.cli.CommandLineRun.klammAt;
import static dev.klamm.cli.CommandLineRun.klammReading;
import static dev.klamm.cli.CommandLineRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

class GroupCommandsTest {

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("offsets.topic.num.partitions", "1");

    @BeforeEach
    void consumeHalf() {
        klammReading("0\n1\n2\n3\n", with(broker.bootstrap(), "produce", "lines"));
        run("consume", "lines", "-g", "readers", "--max", "2");
    }

    @Test
    void aGroupIsListedAndDescribedWithItsLag() {
        assertThat(run("group", "list").out())
                .containsExactly("GROUP    STATE  TYPE     PROTOCOL", "readers  Empty  classic  consumer");
        assertThat(run("group", "describe", "readers").out())
                .containsExactly(
                        "Group readers (classic): Empty, 0 members, coordinator 1",
                        "TOPIC  PARTITION  COMMITTED  END  LAG  MEMBER",
                        "lines          0          2    4    2");
    }

    @Test
    @Timeout(60)
    void aGroupOfTheNewProtocolIsListedDescribedAndDumped() {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.bootstrap(), "group.id", "newcomers", "group.protocol", "consumer");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("lines"));
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }

            assertThat(run("group", "list").out())
                    .contains("newcomers  Stable  consumer  consumer", "readers    Empty   classic   consumer");
            CommandLineRun described = run("group", "describe", "newcomers");
            assertThat(described.out().getFirst())
                    .isEqualTo("Group newcomers (consumer): Stable, 1 member, assignor uniform, coordinator 1");
            assertThat(described.out().get(2)).startsWith("lines          0          -    4    -  ");
        }
        assertThat(klamm(
                                "log",
                                "dump",
                                "__consumer_offsets-0",
                                "--records",
                                "--dir",
                                broker.dataDirectory().toString())
                        .out())
                .anyMatch(line -> line.contains("CONSUMER_GROUP_METADATA {\"groupId\":\"newcomers\"}"))
                .anyMatch(line -> line.contains("CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT {\"groupId\":\"newcomers\""));
    }

    @Test
    void offsetsAreMovedOnlyWhenThatIsSaid() {
        CommandLineRun shown = run("group", "reset-offsets", "readers", "--all-topics", "--to", "beginning");
        assertThat(shown.out())
                .containsExactly(
                        "TOPIC  PARTITION  FROM  TO",
                        "lines          0     2   0",
                        "Nothing is changed yet; to do it, add: --execute");
        assertThat(run("consume", "lines", "-g", "readers", "--max", "1").out()).containsExactly("2");

        CommandLineRun moved = run("group", "reset-offsets", "readers", "-t", "lines:0", "--to", "1", "--execute");
        assertThat(moved.out()).last().isEqualTo("Moved group readers.");
        assertThat(run("consume", "lines", "-g", "readers", "-e").out()).containsExactly("1", "2", "3");
    }

    @Test
    void aGroupIsDeletedOnce() {
        assertThat(run("group", "delete", "readers").out()).containsExactly("Deleted group readers.");
        assertThat(run("group", "delete", "readers").status()).isEqualTo(1);
        assertThat(run("group", "list").out()).containsExactly("No groups.");
    }

    private CommandLineRun run(String... words) {
        return klammAt(broker.bootstrap(), words);
    }

    @Test
    void settingsOfAGroupAreShownSetAndTakenBack() {
        assertThat(run("config", "set", "--group", "readers", "consumer.session.timeout.ms=50000")
                        .out())
                .containsExactly("Changed the settings of group readers.");
        assertThat(run("config", "describe", "--group", "readers").out())
                .containsExactly(
                        "SETTING                      VALUE  FROM", "consumer.session.timeout.ms  50000  group");
        run("config", "set", "--group", "readers", "--unset", "consumer.session.timeout.ms");
        assertThat(run("config", "describe", "--group", "readers").out())
                .containsExactly("No settings given for group readers. All that there are: --all");
    }
}
