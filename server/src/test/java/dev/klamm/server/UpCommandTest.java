package dev.klamm.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class UpCommandTest {

    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();

    @Test
    void saysWhereItIsReadyAndStopsCleanly() throws Exception {
        Path data = directory.resolve("data");
        var said = new PipedReader();
        var running = start(new PrintWriter(new PipedWriter(said)), "--data", data.toString(), "--kafka-port", "0");

        String ready = new BufferedReader(said).readLine();
        running.thread.interrupt();

        assertThat(ready).matches("klamm \\S+ ready in \\d+ ms: kafka://127\\.0\\.0\\.1:\\d+");
        assertThat(running.status.get()).isZero();
        assertThat(data.resolve(".kafka_cleanshutdown")).exists();
    }

    @Test
    void whatIsEphemeralIsGoneAtTheEnd() throws Exception {
        var said = new PipedReader();
        var running = start(new PrintWriter(new PipedWriter(said)), "--ephemeral", "--kafka-port", "0");
        var lines = new BufferedReader(said);
        lines.readLine();
        Path data = Path.of(lines.readLine().replaceFirst("Data in (\\S+) until.*", "$1"));
        assertThat(data).isDirectory();

        running.thread.interrupt();

        assertThat(running.status.get()).isZero();
        assertThat(data).doesNotExist();
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            int status = run("--data", directory.toString(), "--kafka-port", port);

            assertThat(status).isEqualTo(1);
            assertThat(err.toString())
                    .contains("127.0.0.1:" + port)
                    .contains("--kafka-port")
                    .hasLineCount(1);
        }
    }

    @Test
    void aDirectoryThatIsInUseIsNamed() throws Exception {
        var said = new PipedReader();
        var running =
                start(new PrintWriter(new PipedWriter(said)), "--data", directory.toString(), "--kafka-port", "0");
        new BufferedReader(said).readLine();

        int status = run("--data", directory.toString(), "--kafka-port", "0");
        running.thread.interrupt();

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains(directory + " is in use").hasLineCount(1);
        assertThat(running.status.get()).isZero();
    }

    @Test
    void aDirectoryThatIsAFileIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(run("--data", file.toString(), "--kafka-port", "0")).isEqualTo(1);
        assertThat(err.toString()).contains(file.toString()).hasLineCount(1);
    }

    @Test
    void anUnknownSettingIsRefusedWithTheNearest() {
        assertThat(run("--set", "log.retention.hour=24")).isEqualTo(2);
        assertThat(err.toString().strip())
                .isEqualTo("There is no setting log.retention.hour; the nearest is log.retention.hours.");
    }

    @Test
    void whatKafkaKnowsAndMeansNothingHereIsLeftAside() throws Exception {
        Path file = directory.resolve("server.properties");
        Files.writeString(
                file, "num.io.threads=8\nlisteners=PLAINTEXT://127.0.0.1:9092\nlog.dirs=" + directory.resolve("d"));
        var said = new PipedReader();

        var running = start(new PrintWriter(new PipedWriter(said)), "--config", file.toString(), "--kafka-port", "0");
        String ready = new BufferedReader(said).readLine();
        running.thread.interrupt();

        assertThat(ready).contains(" ready in ");
        assertThat(err.toString().strip()).isEqualTo("Left aside, as they mean nothing here: num.io.threads");
        assertThat(running.status.get()).isZero();
        assertThat(directory.resolve("d")).isDirectory();
    }

    private record Running(Thread thread, FutureTask<Integer> status) {}

    private Running start(PrintWriter out, String... options) {
        var status = new FutureTask<>(() -> commandLine(out).execute(options));
        return new Running(Thread.ofPlatform().start(status), status);
    }

    private int run(String... options) {
        return commandLine(new PrintWriter(new StringWriter())).execute(options);
    }

    private CommandLine commandLine(PrintWriter out) {
        return new CommandLine(new UpCommand()).setOut(out).setErr(new PrintWriter(err, true));
    }
}
