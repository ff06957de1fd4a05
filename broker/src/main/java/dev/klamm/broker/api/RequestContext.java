package dev.klamm.broker.api;

import java.net.InetSocketAddress;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What a handler may know of a request besides its body.
 *
 * @param clientId empty if the client gave none
 * @param advertised the address that answers name as this broker's: the one the client came in by, unless
 *     {@code advertised.listeners} is set
 * @param listenerName as in {@code listeners}, such as PLAINTEXT
 */
public record RequestContext(
        ApiKeys apiKey,
        short apiVersion,
        int correlationId,
        String clientId,
        InetSocketAddress peer,
        InetSocketAddress advertised,
        String listenerName) {}
