package dev.klamm.broker.net;

import dev.klamm.broker.api.ApiTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes connections. A permit is taken before a connection is accepted, so those beyond the limit wait in the system's
 * backlog. One platform thread accepts; each {@link Connection} has its own virtual threads.
 */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    /** How long {@link #close} lets requests go on, and then interrupted ones end: 1.5 s in all. */
    private static final long FINISH_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);

    private static final long INTERRUPTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Accepting fails when no file may be opened any more: trying again at once would only burn time. */
    private static final long PAUSE_AFTER_FAILURE_MS = 100;

    private final ListenerConfig config;
    private final ApiTable apis;
    private final ServerSocketChannel server;
    private final RequestMemory memory;
    private final Connections connections;
    private final ConnectionSweeper sweeper;
    private final Thread accepting;

    private Listener(ListenerConfig config, ApiTable apis, ServerSocketChannel server) {
        this.config = config;
        this.apis = apis;
        this.server = server;
        this.memory = new RequestMemory(unlimitedIfNegative(config.maxQueuedRequestBytes()));
        this.connections = new Connections(config);
        this.sweeper = new ConnectionSweeper(connections, unlimitedIfNegative(config.idleMs()));
        this.accepting = Thread.ofPlatform().daemon().name("klamm-accept").unstarted(this::acceptAll);
    }

    private static long unlimitedIfNegative(long limit) {
        return limit < 0 ? Long.MAX_VALUE : limit;
    }

    /**
     * Listens; when this returns, clients can connect.
     *
     * @throws IOException if the address can't be had, such as {@link java.net.BindException} if the port is taken
     */
    public static Listener start(ListenerConfig config, ApiTable apis) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.bind(config.bindAddress(), config.backlog());
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
        var listener = new Listener(config, apis, server);
        listener.accepting.start();
        return listener;
    }

    /** The address that it listens on, with the port that it got. */
    public InetSocketAddress address() {
        try {
            return (InetSocketAddress) server.getLocalAddress();
        } catch (IOException closed) {
            throw new IllegalStateException("the listener is closed", closed);
        }
    }

    private void acceptAll() {
        try {
            while (true) {
                awaitPermit();
                accept();
            }
        } catch (ClosedChannelException | InterruptedException stopped) {
            LOG.debug("Accepting ends");
        }
    }

    private void awaitPermit() throws InterruptedException {
        if (!connections.tryPermit()) {
            LOG.warn("There are as many connections as may be; more have to wait until one is closed");
            connections.awaitPermit();
        }
    }

    private void accept() throws ClosedChannelException, InterruptedException {
        try {
            admit(server.accept());
        } catch (ClosedChannelException stopped) {
            throw stopped;
        } catch (IOException failure) {
            connections.returnPermit();
            LOG.warn("A connection could not be accepted: {}", failure.getMessage());
            Thread.sleep(PAUSE_AFTER_FAILURE_MS);
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        Connection connection;
        try {
            connection = connection(channel);
        } catch (IOException gone) {
            channel.close();
            connections.returnPermit();
            LOG.debug("A connection was closed as it was accepted: {}", gone.getMessage());
            return;
        }
        if (connections.add(connection)) {
            connection.start(() -> connections.remove(connection));
        } else {
            connection.close();
            connections.returnPermit();
            LOG.warn("Closed a connection of {}: max.connections.per.ip is reached", connection.peer());
        }
    }

    private Connection connection(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        var peer = (InetSocketAddress) channel.getRemoteAddress();
        InetSocketAddress advertised =
                config.advertised() != null ? config.advertised() : (InetSocketAddress) channel.getLocalAddress();
        var origin = new Request.Origin(peer, advertised, config.name());
        return new Connection(channel, apis, origin, memory, config.maxRequestBytes());
    }

    /**
     * Accepts no more, lets the requests that have come in finish and be answered within a second, interrupts those that
     * still wait, and closes all connections. An interrupt of the caller cuts the waiting short.
     */
    @Override
    public void close() throws IOException {
        server.close();
        sweeper.stop();
        try {
            accepting.interrupt();
            accepting.join();
            connections.all().forEach(Listener::finish);
            connections.awaitNone(FINISH_NANOS);
            connections.all().forEach(Connection::interrupt);
            if (!connections.awaitNone(INTERRUPTED_NANOS)) {
                LOG.warn("{} requests do not end", connections.all().size());
            }
        } catch (InterruptedException hurried) {
            connections.all().forEach(Connection::interrupt);
            Thread.currentThread().interrupt();
        }
    }

    private static void finish(Connection connection) {
        try {
            connection.finish();
        } catch (IOException closed) {
            connection.close();
        }
    }
}
