package dev.klamm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The cluster that a command talks to: any Kafka cluster. A mixin of every command that needs one. */
final class Cluster {

    private static final int CONNECT_TIMEOUT_MS = 3_000;
    private static final int DEFAULT_PORT = 9092;
    private static final int MAX_PORT = 65_535;
    private static final Pattern HAS_PORT = Pattern.compile(":\\d{1,9}$");

    @Option(
            names = {"-b", "--bootstrap-server"},
            order = 100,
            paramLabel = "HOST:PORT",
            defaultValue = "${env:KLAMM_BOOTSTRAP_SERVER:-localhost:9092}",
            description =
                    "The cluster, by one or more of its brokers (default: $KLAMM_BOOTSTRAP_SERVER, or localhost:9092).")
    private String bootstrapServer = "localhost:9092";

    @Option(
            names = "--client-config",
            order = 101,
            paramLabel = "FILE",
            description = "Settings of the Kafka client, for a cluster that wants TLS or a password.")
    private @Nullable Path clientConfig;

    /** Connects for administration; whoever calls closes it. */
    Admin admin() {
        return Admin.create(clientSettings());
    }

    /**
     * What any client of this cluster is made with.
     *
     * @throws Failure if nobody listens there. The clients themselves would try for a minute.
     */
    Map<String, Object> clientSettings() {
        Map<String, Object> settings = new HashMap<>(fromFile());
        settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, brokers());
        settings.putIfAbsent(CommonClientConfigs.CLIENT_ID_CONFIG, "klamm-cli");
        settings.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, 15_000);
        settings.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 15_000);
        settings.putIfAbsent(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
        settings.putIfAbsent("auto.include.jmx.reporter", false);
        settings.putIfAbsent(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
        requireSomebodyListens();
        return settings;
    }

    String address() {
        return bootstrapServer;
    }

    /** The outcome of an admin call, or its exception as it was. */
    static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("Interrupted.");
        }
    }

    private Map<String, Object> fromFile() {
        if (clientConfig == null) {
            return Map.of();
        }
        Properties properties = new Properties();
        try (InputStream file = Files.newInputStream(clientConfig)) {
            properties.load(file);
        } catch (IOException e) {
            throw new Failure("Can't read the client settings in " + clientConfig + ".");
        }
        Map<String, Object> settings = new HashMap<>();
        properties.forEach((key, value) -> settings.put((String) key, value));
        return settings;
    }

    private void requireSomebodyListens() {
        for (String broker : brokers().split(",", -1)) {
            if (listensAt(broker)) {
                return;
            }
        }
        throw new Failure("No broker answers at " + bootstrapServer + ". Start one with: klamm up");
    }

    /** The brokers with their ports, as the clients want them. */
    private String brokers() {
        return Arrays.stream(bootstrapServer.split(","))
                .map(String::strip)
                .map(broker -> HAS_PORT.matcher(broker).find() ? broker : broker + ":" + DEFAULT_PORT)
                .collect(Collectors.joining(","));
    }

    private static boolean listensAt(String broker) {
        int colon = broker.lastIndexOf(':');
        String host = broker.substring(0, colon).replaceAll("[\\[\\]]", "");
        int port = Integer.parseInt(broker.substring(colon + 1));
        if (port > MAX_PORT) {
            throw new Failure("'" + broker + "' is no address of a broker: a port is at most " + MAX_PORT + ".");
        }
        return Arrays.stream(addressesOf(host)).anyMatch(address -> listensAt(new InetSocketAddress(address, port)));
    }

    private static InetAddress[] addressesOf(String host) {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new Failure("No host is called '" + host + "'; a broker is given as HOST:PORT, as localhost:9092.");
        }
    }

    private static boolean listensAt(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_TIMEOUT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
