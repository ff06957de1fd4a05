package dev.klamm.broker.group;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which topics the members of a consumer group want: the only thing that the broker reads of what members tell. */
final class Subscriptions {

    /** The protocol type of consumers; Connect's workers and others have theirs. */
    static final String CONSUMER = "consumer";

    // Later versions only add fields behind those of version 0.
    private static final short OLDEST_VERSION = 0;
    private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

    private Subscriptions() {}

    /** Null if these are no consumers, or one of them doesn't speak as a consumer does. */
    static @Nullable Set<String> of(@Nullable String protocolType, @Nullable String protocolName, Roster roster) {
        if (!CONSUMER.equals(protocolType)) {
            return null;
        }
        var topics = new HashSet<String>();
        try {
            for (Member member : roster.all()) {
                topics.addAll(topicsOf(member.metadata(protocolName).get()));
            }
        } catch (RuntimeException malformed) {
            LOG.warn("A member of a consumer group sent a subscription that can't be read: {}", malformed.toString());
            return null;
        }
        return Set.copyOf(topics);
    }

    private static Set<String> topicsOf(byte[] metadata) {
        ByteBuffer buffer = ByteBuffer.wrap(metadata);
        buffer.getShort();
        var subscription = new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), OLDEST_VERSION);
        return Set.copyOf(subscription.topics());
    }
}
