package dev.klamm.broker;

import dev.klamm.broker.config.BrokerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real broker for each test, on a free port and in a directory of its own:
 *
 * <pre>{@code
 * @RegisterExtension
 * final RunningBroker broker = RunningBroker.with("num.partitions", "3");
 * }</pre>
 *
 * A failed test keeps the directory and says where it is.
 */
public final class RunningBroker implements BeforeEachCallback, AfterEachCallback {
    private static final Duration CLIENT_CLOSE = Duration.ofSeconds(2);

    private final Map<String, String> settings = new HashMap<>();
    private final List<Admin> admins = new ArrayList<>();
    private @Nullable Path directory;
    private @Nullable Broker broker;

    private RunningBroker() {
        settings.put("listeners", "PLAINTEXT://127.0.0.1:0");
    }

    /** @param settings names and values in turn, beside those that make it a test's broker */
    public static RunningBroker with(String... settings) {
        var running = new RunningBroker();
        for (int i = 0; i < settings.length; i += 2) {
            running.settings.put(settings[i], settings[i + 1]);
        }
        return running;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("klamm-test-");
        start();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        admins.forEach(admin -> admin.close(CLIENT_CLOSE));
        admins.clear();
        stop();
        if (context.getExecutionException().isPresent()) {
            System.err.println(context.getDisplayName() + " failed; its broker's data is in " + directory);
        } else {
            deleteDirectory();
        }
    }

    private void deleteDirectory() throws IOException {
        try (Stream<Path> paths = Files.walk(dataDirectory())) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    public Broker broker() {
        return Objects.requireNonNull(broker, "the broker is stopped");
    }

    public Path dataDirectory() {
        return Objects.requireNonNull(directory);
    }

    public InetSocketAddress address() {
        return broker().address();
    }

    /** For {@code bootstrap.servers}. */
    public String bootstrap() {
        return "127.0.0.1:" + broker().port();
    }

    /** Closed after the test. */
    public Admin admin() {
        Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()));
        admins.add(admin);
        return admin;
    }

    /** Stops cleanly; does nothing if it is stopped. */
    public void stop() throws IOException {
        if (broker != null) {
            broker.close();
            broker = null;
        }
    }

    /** Stops as if the process had been killed: what is not on disk by itself is lost. */
    public void kill() throws IOException {
        broker().abandon();
        broker = null;
    }

    /** Starts in the same directory, on any free port the first time and on the same one from then on. */
    public void start() throws IOException, InterruptedException {
        broker = Broker.start(BrokerConfig.of(settings), dataDirectory());
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + broker.port());
    }

    /** Stops cleanly and starts again, on the same port, so that clients find it again. */
    public void restart() throws IOException, InterruptedException {
        stop();
        start();
    }
}
