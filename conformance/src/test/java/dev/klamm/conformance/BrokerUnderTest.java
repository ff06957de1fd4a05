package dev.klamm.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * The broker as a process of its own on a directory of its own, so that it can be stopped, killed and started again.
 * It comes back on the port that it had, as a client's bootstrap address wants.
 */
final class BrokerUnderTest implements AutoCloseable {
    private final Distribution distribution;
    private final Path directory;
    private final Map<String, String> settings;
    private int port;
    private Program program;

    /** @param name of its directory under {@link Repository#BROKERS}, which must be new */
    static BrokerUnderTest start(String name, Map<String, String> settings) {
        return start(Distribution.underTest(), name, settings);
    }

    /** The same with another broker than the one under test. */
    static BrokerUnderTest start(Distribution distribution, String name, Map<String, String> settings) {
        try {
            Files.createDirectories(Repository.BROKERS);
            Path directory = Files.createTempDirectory(Repository.BROKERS, name + "-");
            return new BrokerUnderTest(distribution, directory, settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BrokerUnderTest(Distribution distribution, Path directory, Map<String, String> settings) {
        this.distribution = distribution;
        this.directory = directory;
        this.settings = settings;
        port = distribution instanceof KafkaDistribution ? freePort() : 0;
        program = launch();
    }

    String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** SIGTERM, and waits for the end. */
    void stop() {
        program.terminate();
        program.awaitExit();
        keepLog();
    }

    /** SIGTERM, and does not wait. */
    void beginStop() {
        program.terminate();
    }

    /** SIGKILL; gives back false if there was nothing left to kill. */
    boolean kill() {
        boolean wasAlive = program.isAlive();
        program.kill();
        keepLog();
        return wasAlive;
    }

    /** All that its present or last process has said. */
    String transcript() {
        return program.transcript();
    }

    boolean isRunning() {
        return program.isAlive();
    }

    /** Starts another broker, or another distribution of it, on this one's directory; this one must be stopped. */
    BrokerUnderTest handOver(Distribution successor) {
        return new BrokerUnderTest(successor, directory, settings);
    }

    /** Another process for the same directory, on any free port. */
    Program startSecond() {
        return Program.start(distribution.command(directory, 0, Map.of()));
    }

    void startAgain() {
        program = launch();
    }

    /** Starts it, and does not wait until it is ready. */
    void beginStart() {
        program = begin();
    }

    Path logDirectory() {
        return Distribution.logDirectory(directory);
    }

    /** The folder of a partition: {@code TOPIC-PARTITION}. */
    Path partitionDirectory(String topic, int partition) {
        return logDirectory().resolve(topic + "-" + partition);
    }

    boolean isKafka() {
        return distribution instanceof KafkaDistribution;
    }

    @Override
    public void close() {
        if (program.isAlive()) {
            stop();
        }
    }

    /** A port that nobody has now; somebody else may take it before its user does. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void keepLog() {
        try {
            Files.writeString(
                    directory.resolve("broker.log"),
                    program.transcript(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Program begin() {
        distribution.prepare(directory, port, settings);
        return Program.start(distribution.command(directory, port, settings));
    }

    private Program launch() {
        Program started = begin();
        var ready = distribution.ready().asPredicate();
        List<String> said = started.awaitOutput(
                distribution.ready().pattern(), lines -> lines.stream().anyMatch(ready));
        Matcher matcher = distribution
                .ready()
                .matcher(said.stream().filter(ready).findFirst().orElseThrow());
        if (port == 0 && matcher.find()) {
            String address = matcher.group(1);
            port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        }
        return started;
    }
}
