package dev.klamm.broker.net;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connections whose clients are silent for too long, or don't read. One virtual thread looks at all of them now
 * and then, which costs a connection two stores per system call instead of a timer.
 */
final class ConnectionSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionSweeper.class);

    private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Connections connections;
    private final long idleNanos;
    private final Thread thread;

    /** @param idleMs at most so long, and a quarter more, may a client keep us waiting */
    ConnectionSweeper(Connections connections, long idleMs) {
        this.connections = connections;
        this.idleNanos = TimeUnit.MILLISECONDS.toNanos(idleMs);
        this.thread = Thread.ofVirtual().name("sweeping connections").start(this::sweepNowAndThen);
    }

    private void sweepNowAndThen() {
        try {
            while (true) {
                TimeUnit.NANOSECONDS.sleep(Math.clamp(idleNanos / 4, 1, MAX_PAUSE_NANOS));
                sweep(System.nanoTime());
            }
        } catch (InterruptedException stopped) {
            LOG.debug("Sweeping ends");
        }
    }

    private void sweep(long nowNanos) {
        Map<InetAddress, Integer> idle = new HashMap<>();
        for (Connection connection : connections.all()) {
            switch (connection.overdue(nowNanos, idleNanos)) {
                case NOTHING -> {}
                case REQUEST -> {
                    connection.close();
                    idle.merge(connection.peer().getAddress(), 1, Integer::sum);
                }
                case REST_OF_FRAME -> close(connection, "it stopped in the middle of a frame");
                case READING -> close(connection, "it does not read its answers");
            }
        }
        idle.forEach((address, count) -> LOG.info("Closed {} idle connections of {}", count, address));
    }

    private static void close(Connection connection, String reason) {
        LOG.info("Closing the connection of {}: {}", connection.peer(), reason);
        connection.close();
    }

    void stop() {
        thread.interrupt();
    }
}
