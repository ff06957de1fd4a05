package dev.klamm.server;

import dev.klamm.broker.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A broker that stops cleanly when it is closed or when the process is told to end, whichever is first. */
final class RunningServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    private final Broker broker;
    private final Path data;
    private final boolean removesData;
    private final AtomicBoolean isStopped = new AtomicBoolean();

    private RunningServer(Broker broker, Path data, boolean removesData) {
        this.broker = broker;
        this.data = data;
        this.removesData = removesData;
    }

    static RunningServer start(ServerConfig config, boolean removesData) throws IOException, InterruptedException {
        Broker broker = Broker.start(config.broker(), config.data());
        var running = new RunningServer(broker, config.data(), removesData);
        Runtime.getRuntime().addShutdownHook(new Thread(running::stopAtExit, "stop"));
        return running;
    }

    Broker broker() {
        return broker;
    }

    @Override
    public void close() throws IOException {
        if (isStopped.compareAndSet(false, true)) {
            try {
                broker.close();
            } finally {
                removeData();
            }
        }
    }

    private void stopAtExit() {
        try {
            close();
        } catch (IOException | RuntimeException e) {
            LOG.error("The stop was not clean; the next start repairs what it left", e);
        }
    }

    private void removeData() throws IOException {
        if (removesData) {
            try (Stream<Path> paths = Files.walk(data)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
