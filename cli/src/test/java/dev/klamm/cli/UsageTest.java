package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klamm;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {

    @Test
    void saysWhatThereIsWhenAskedForNothing() {
        CommandLineRun run = klamm();

        assertThat(run.status()).isZero();
        assertThat(run.out()).anyMatch(line -> line.contains("topic")).anyMatch(line -> line.contains("klamm up"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up",
                "topic create",
                "topic list",
                "topic describe",
                "topic alter",
                "topic delete",
                "produce",
                "consume",
                "group list",
                "group describe",
                "group reset-offsets",
                "group delete",
                "transaction list",
                "transaction describe",
                "transaction producers",
                "transaction hanging",
                "transaction abort",
                "transaction terminate",
                "config describe",
                "config set",
                "log dump",
                "doctor",
                "demo rides",
                "completion"
            })
    void everyCommandHasHelpWithExamples(String command) {
        CommandLineRun run = klamm((command + " --help").split(" ", -1));

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("Examples:")
                .anyMatch(line -> line.startsWith("  klamm " + command) || line.contains("klamm " + command));
    }

    @Test
    void aWrongWordIsNamedWithWhatWasPerhapsMeant() {
        CommandLineRun run = klamm("topic", "lst");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .containsExactly(
                        "There is no command 'klamm topic lst'. Did you mean list?", "Its help: klamm topic --help");
    }

    @Test
    void aWrongOptionIsNamedWithWhatWasPerhapsMeant() {
        CommandLineRun run = klamm("topic", "list", "--intrenal");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).first().isEqualTo("klamm topic list has no option --intrenal. Did you mean --internal?");
    }

    @Test
    void aClusterThatIsNotThereIsSaidAtOnceWithTheWayOut() throws IOException {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }

        CommandLineRun run = klamm("topic", "list", "-b", "127.0.0.1:" + port);

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).containsExactly("No broker answers at 127.0.0.1:" + port + ". Start one with: klamm up");
    }

    @Test
    void completionNamesTheCommands() {
        CommandLineRun run = klamm("completion", "bash");

        assertThat(run.status()).isZero();
        assertThat(String.join("\n", run.out())).contains("reset-offsets").contains("complete -F");
    }
}
