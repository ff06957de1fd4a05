package dev.klamm.server;

import dev.klamm.broker.Broker;
import dev.klamm.broker.config.InvalidSettingException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code klamm up}: runs the server in the foreground, until ctrl-C, SIGTERM, an interrupt, or a disk that fails. */
@Command(
        name = "up",
        description = "Start the broker, in the foreground; ctrl-C stops it.",
        sortOptions = false,
        footer = {
            "",
            "When it is ready, it prints one line with the word \"ready\" and its address after kafka://. "
                    + "Settings have Kafka's names; a server.properties written for Apache Kafka is accepted.",
            "",
            "Examples:",
            "  klamm up",
            "  klamm up --data /var/lib/klamm --kafka-port 19092",
            "  klamm up --config server.properties --set log.retention.hours=24",
            "  klamm up --ephemeral --kafka-port 0"
        })
public final class UpCommand implements Callable<Integer> {

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = {"-d", "--data"},
            paramLabel = "DIR",
            description = "Where the data is (default: log.dirs of the configuration, or ./klamm-data).")
    private @Nullable Path data;

    @Option(
            names = {"-p", "--kafka-port"},
            paramLabel = "N",
            description = "The port for Kafka clients; 0 is any free one (default: 9092).")
    private @Nullable Integer kafkaPort;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Settings, in the form of Kafka's server.properties.")
    private @Nullable Path config;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "KEY=VALUE",
            description = "One setting, stronger than the file; may be given again.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--ephemeral", description = "Keep the data in a temporary directory, and remove it at the end.")
    private boolean ephemeral;

    @Override
    public Integer call() {
        try {
            return run();
        } catch (InvalidSettingException e) {
            return fail(ExitCode.USAGE, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return fail(ExitCode.SOFTWARE, String.valueOf(e.getMessage()));
        }
    }

    private int run() throws IOException {
        if (ephemeral && data != null) {
            throw new InvalidSettingException("--ephemeral chooses its own directory: give it or --data, not both.");
        }
        Path directory = ephemeral ? Files.createTempDirectory("klamm-") : data;
        ServerConfig server = ServerConfig.of(config, set, directory, kafkaPort);
        sayLeftAside(server.broker().leftAside());
        try (RunningServer running = start(server)) {
            announce(running.broker(), server.data());
            Exception failure = running.broker().failure().get();
            return fail(
                    ExitCode.SOFTWARE, "The disk failed, nothing is acknowledged any more: " + failure.getMessage());
        } catch (InterruptedException e) {
            return ExitCode.OK;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private RunningServer start(ServerConfig server) throws IOException, InterruptedException {
        try {
            return RunningServer.start(server, ephemeral);
        } catch (BindException e) {
            String addresses = server.broker().connections().listeners().stream()
                    .map(it -> it.host() + ":" + it.port())
                    .collect(Collectors.joining(" or "));
            throw new IOException("Can't listen at " + addresses + " (" + e.getMessage()
                    + "): choose another port with --kafka-port; 0 is any free one.");
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "This user may not write in " + e.getFile() + ": choose another directory with --data.");
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? "" : ", " + e.getReason();
            throw new IOException("Can't keep data in " + server.data() + " (" + e.getFile() + reason
                    + "): choose another directory with --data.");
        }
    }

    private void sayLeftAside(List<String> settings) {
        if (!settings.isEmpty()) {
            command.commandLine()
                    .getErr()
                    .println("Left aside, as they mean nothing here: " + String.join(", ", settings));
            command.commandLine().getErr().flush();
        }
    }

    private void announce(Broker broker, Path directory) {
        var out = command.commandLine().getOut();
        InetSocketAddress address = broker.address();
        String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
        String shown = host.contains(":") ? "[" + host + "]" : host;
        out.println(
                Version.text() + " ready in " + ProcessAge.millis() + " ms: kafka://" + shown + ":" + broker.port());
        out.println("Data in " + directory + (ephemeral ? " until it stops" : "") + "; a sync takes "
                + millis(broker.syncNanos()) + " ms here. Ctrl-C stops.");
        out.flush();
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, nanos < 10_000_000 ? "%.2f" : "%.0f", nanos / 1e6);
    }

    private int fail(int status, String message) {
        command.commandLine().getErr().println(message.endsWith(".") ? message : message + ".");
        return status;
    }
}
