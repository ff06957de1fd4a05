package dev.klamm.broker;

import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.net.Listener;
import dev.klamm.broker.net.ListenerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A running broker: everything is wired here, and nowhere else. Clients are served from the return of {@link #start} to the
 * call of {@link #close}.
 */
public final class Broker implements AutoCloseable {
    private final List<Listener> listeners = new ArrayList<>();

    private Broker() {}

    /**
     * Starts a broker on a data directory, which is created if there is none.
     *
     * @throws IOException if the directory can't be used or an address can't be had; its message is for the user
     */
    public static Broker start(BrokerConfig config, Path dataDirectory) throws IOException {
        var broker = new Broker();
        try {
            broker.open(config, dataDirectory);
            return broker;
        } catch (IOException | RuntimeException failure) {
            broker.closeAfter(failure);
            throw failure;
        }
    }

    private void open(BrokerConfig config, Path dataDirectory) throws IOException {
        Files.createDirectories(dataDirectory);
        var apis = new ApiTable(List.of());
        for (var address : config.connections().listeners()) {
            listeners.add(Listener.start(ListenerConfig.of(config, address), apis));
        }
    }

    /** What the first listener listens on, with the port that it got. */
    public InetSocketAddress address() {
        return listeners.getFirst().address();
    }

    public int port() {
        return address().getPort();
    }

    /** Lets requests finish, stops serving, and leaves the data directory clean. */
    @Override
    public void close() throws IOException {
        for (Listener listener : listeners) {
            listener.close();
        }
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (IOException another) {
            failure.addSuppressed(another);
        }
    }
}
