package dev.klamm.broker.net;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.Listener;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener listens, and its limits. The names in the comments are Kafka's settings.
 *
 * <p>Differs from Kafka: where there are several listeners, each has these limits for itself.
 *
 * @param name {@code listeners}: such as PLAINTEXT
 * @param bindAddress {@code listeners}: port 0 takes any free one
 * @param advertised {@code advertised.listeners}: what answers name as our address, or null for the address that the
 *     client came in by
 * @param backlog {@code socket.listen.backlog.size}: connections that wait to be accepted
 * @param maxConnections {@code max.connections}: beyond it, connections wait in the backlog
 * @param maxPerAddress {@code max.connections.per.ip}: beyond it, connections are closed at once
 * @param maxPerAddressOverrides {@code max.connections.per.ip.overrides}, by host name or address
 * @param maxRequestBytes {@code socket.request.max.bytes}: a larger frame closes its connection
 * @param maxQueuedRequestBytes {@code queued.max.request.bytes}: see {@link RequestMemory}; -1 for no limit
 * @param idleMs {@code connections.max.idle.ms}: how long a client may say nothing, or not read an answer; negative for
 *     ever
 */
public record ListenerConfig(
        String name,
        InetSocketAddress bindAddress,
        @Nullable InetSocketAddress advertised,
        int backlog,
        int maxConnections,
        int maxPerAddress,
        Map<String, Integer> maxPerAddressOverrides,
        int maxRequestBytes,
        long maxQueuedRequestBytes,
        long idleMs) {

    /** What the broker's settings say about one of its addresses. */
    public static ListenerConfig of(BrokerConfig config, Listener address) {
        BrokerConfig.Connections connections = config.connections();
        return new ListenerConfig(
                address.name(),
                address.bindAddress(),
                config.advertised(address.name())
                        .map(told -> InetSocketAddress.createUnresolved(told.host(), told.port()))
                        .orElse(null),
                connections.backlog(),
                connections.maxConnections(),
                connections.maxConnectionsPerIp(),
                connections.maxConnectionsOverrides(),
                config.requests().maxBytes(),
                config.requests().queuedMaxBytes(),
                connections.maxIdleMs());
    }
}
