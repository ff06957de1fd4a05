package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klammAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TopicCommandsTest {

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @Test
    void aTopicIsCreatedListedAlteredDescribedAndDeleted() {
        assertThat(run("topic", "create", "rides", "-p", "3", "-s", "retention.ms=1000")
                        .out())
                .containsExactly("Created topic rides with 3 partitions.");
        assertThat(run("topic", "list").out())
                .containsExactly(
                        "TOPIC  PARTITIONS  REPLICAS  RECORDS  SIZE", "rides           3         1        0   0 B");
        assertThat(run("topic", "alter", "rides", "-p", "4", "--unset", "retention.ms", "-s", "segment.ms=60000")
                        .status())
                .isZero();
        assertThat(run("topic", "describe", "rides").out())
                .hasSize(7)
                .contains("  segment.ms=60000")
                .noneMatch(line -> line.contains("retention.ms"));
        assertThat(run("topic", "delete", "rides").out()).containsExactly("Deleted topic rides.");
        assertThat(run("topic", "list").out())
                .containsExactly("No topics yet. Create one with: klamm topic create NAME");
    }

    @Test
    void aTopicThatIsThereIsAnErrorUnlessThatIsAllowed() {
        run("topic", "create", "rides");

        CommandLineRun refused = run("topic", "create", "rides");
        CommandLineRun allowed = run("topic", "create", "rides", "--if-not-exists");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).containsExactly("Topic 'rides' already exists. To go on anyway: --if-not-exists");
        assertThat(allowed.status()).isZero();
    }

    @Test
    void aTopicThatIsNotThereIsAnErrorUnlessThatIsAllowed() {
        assertThat(run("topic", "delete", "rides").err())
                .containsExactly("There is no topic rides. Which there are: klamm topic list");
        assertThat(run("topic", "delete", "rides", "--if-exists").status()).isZero();
        assertThat(run("topic", "describe", "rides").status()).isEqualTo(1);
    }

    @Test
    void programsGetJson() {
        run("topic", "create", "rides");

        String json = String.join("", run("topic", "list", "-o", "json").out()).replace(" ", "");

        assertThat(json).isEqualTo("[{\"topic\":\"rides\",\"partitions\":1,\"replicas\":1,\"records\":0,\"bytes\":0}]");
    }

    @Test
    void settingsAreSetShownAndTakenBack() {
        run("topic", "create", "rides");

        assertThat(run("config", "set", "-t", "rides", "retention.ms=5000").status())
                .isZero();
        List<String> given = run("config", "describe", "-t", "rides").out();
        assertThat(run("config", "set", "-t", "rides", "--unset", "retention.ms")
                        .status())
                .isZero();
        List<String> after = run("config", "describe", "-t", "rides").out();

        assertThat(given).anyMatch(line -> line.matches("retention\\.ms +5000  topic"));
        assertThat(after).noneMatch(line -> line.startsWith("retention.ms"));
    }

    @Test
    void aSettingThatNobodyKnowsIsRefused() {
        run("topic", "create", "rides");

        CommandLineRun refused = run("config", "set", "-t", "rides", "retension.ms=5000");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).singleElement().asString().contains("retension.ms");
    }

    private CommandLineRun run(String... words) {
        return klammAt(broker.bootstrap(), words);
    }
}
