package dev.klamm.broker.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open connections of a listener, and the permits for more. */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private final Semaphore permits;
    private final int maxPerAddress;
    private final Map<InetAddress, Integer> maxPerAddressOverrides = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();

    /** Guarded by lock, as is all that follows. */
    private final Set<Connection> open = new HashSet<>();

    private final Map<InetAddress, Integer> perAddress = new HashMap<>();

    /** Beside the settings, the number of files that the process may open bounds the number of connections. */
    Connections(ListenerConfig config) {
        this.permits = new Semaphore(Math.min(config.maxConnections(), OpenFileLimit.maxConnections()));
        this.maxPerAddress = config.maxPerAddress();
        config.maxPerAddressOverrides().forEach(this::override);
    }

    private void override(String host, int max) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                maxPerAddressOverrides.put(address, max);
            }
        } catch (UnknownHostException unknown) {
            LOG.warn("max.connections.per.ip.overrides: there is no host {}", host);
        }
    }

    /** True if one more may be accepted at once; the permit is taken. */
    boolean tryPermit() {
        return permits.tryAcquire();
    }

    /** Waits until one more may be accepted. */
    void awaitPermit() throws InterruptedException {
        permits.acquire();
    }

    /** Gives back a permit that no connection came of. */
    void returnPermit() {
        permits.release();
    }

    /** Adds a connection, for which a permit was taken; refuses it if its address has too many already. */
    boolean add(Connection connection) {
        lock.lock();
        try {
            InetAddress address = connection.peer().getAddress();
            int count = perAddress.getOrDefault(address, 0);
            if (count >= maxPerAddressOverrides.getOrDefault(address, maxPerAddress)) {
                return false;
            }
            perAddress.put(address, count + 1);
            return open.add(connection);
        } finally {
            lock.unlock();
        }
    }

    /** Removes a connection and gives its permit back. */
    void remove(Connection connection) {
        lock.lock();
        try {
            open.remove(connection);
            perAddress.computeIfPresent(connection.peer().getAddress(), (_, count) -> count == 1 ? null : count - 1);
            if (open.isEmpty()) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
        permits.release();
    }

    List<Connection> all() {
        lock.lock();
        try {
            return List.copyOf(open);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no connection is open; false if the time is over before. */
    boolean awaitNone(long timeoutNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeoutNanos;
            while (!open.isEmpty() && left > 0) {
                left = none.awaitNanos(left);
            }
            return open.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
