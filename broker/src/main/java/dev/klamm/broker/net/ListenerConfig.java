package dev.klamm.broker.net;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener listens, and its limits. The names in the comments are Kafka's settings.
 *
 * @param name {@code listeners}: such as PLAINTEXT
 * @param bindAddress {@code listeners}: port 0 takes any free one
 * @param advertised {@code advertised.listeners}: what answers name as our address, or null for the address that the
 *     client came in by
 * @param backlog {@code socket.listen.backlog.size}: connections that wait to be accepted
 * @param maxConnections {@code max.connections}: beyond it, connections wait in the backlog
 * @param maxConnectionsPerAddress {@code max.connections.per.ip}: beyond it, connections are closed at once
 * @param maxRequestBytes {@code socket.request.max.bytes}: a larger frame closes its connection
 * @param maxQueuedRequestBytes {@code queued.max.request.bytes}: see {@link RequestMemory}
 * @param idleMs {@code connections.max.idle.ms}: how long a client may say nothing, or not read an answer
 * @param sendBufferBytes {@code socket.send.buffer.bytes}: -1 leaves it to the system
 * @param receiveBufferBytes {@code socket.receive.buffer.bytes}: -1 leaves it to the system
 */
public record ListenerConfig(
        String name,
        InetSocketAddress bindAddress,
        @Nullable InetSocketAddress advertised,
        int backlog,
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxRequestBytes,
        long maxQueuedRequestBytes,
        long idleMs,
        int sendBufferBytes,
        int receiveBufferBytes) {}
