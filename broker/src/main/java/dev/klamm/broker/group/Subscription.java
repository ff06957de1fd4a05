package dev.klamm.broker.group;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.jspecify.annotations.Nullable;

/**
 * What a member of a {@link ConsumerGroup} told of itself. It says in full when it joins, then only what has changed.
 *
 * @param instanceId {@code group.instance.id}: makes the member static, null for a dynamic one
 * @param rebalanceTimeoutMs how long it may take to give up partitions; -1 if it never said
 * @param topics by name
 * @param regex in RE2's syntax, for topics besides; empty for none
 * @param assignor the server-side assignor it would like; null for the broker's choice
 * @param classic of a member that speaks the classic protocol, else null
 */
record Subscription(
        @Nullable String instanceId,
        @Nullable String rackId,
        int rebalanceTimeoutMs,
        String clientId,
        String clientHost,
        SortedSet<String> topics,
        String regex,
        @Nullable String assignor,
        @Nullable ClassicMemberMetadata classic) {

    private static final int NOT_SAID = -1;

    static final Subscription NONE =
            new Subscription(null, null, NOT_SAID, "", "", Collections.emptySortedSet(), "", null, null);

    static Subscription of(ConsumerGroupMemberMetadataValue value) {
        return new Subscription(
                value.instanceId(),
                value.rackId(),
                value.rebalanceTimeoutMs(),
                value.clientId(),
                value.clientHost(),
                sorted(value.subscribedTopicNames()),
                value.subscribedTopicRegex() == null ? "" : value.subscribedTopicRegex(),
                value.serverAssignor(),
                value.classicMemberMetadata());
    }

    ConsumerGroupMemberMetadataValue toValue() {
        return new ConsumerGroupMemberMetadataValue()
                .setInstanceId(instanceId)
                .setRackId(rackId)
                .setRebalanceTimeoutMs(rebalanceTimeoutMs)
                .setClientId(clientId)
                .setClientHost(clientHost)
                .setSubscribedTopicNames(List.copyOf(topics))
                .setSubscribedTopicRegex(regex)
                .setServerAssignor(assignor)
                .setClassicMemberMetadata(classic);
    }

    /** With what a heartbeat says; a member that sends one speaks the new protocol from then on. */
    Subscription updatedBy(ConsumerGroupHeartbeatRequestData request, String nowClientId, String nowClientHost) {
        return new Subscription(
                request.instanceId() == null ? instanceId : request.instanceId(),
                request.rackId() == null ? rackId : request.rackId(),
                request.rebalanceTimeoutMs() == NOT_SAID ? rebalanceTimeoutMs : request.rebalanceTimeoutMs(),
                nowClientId,
                nowClientHost,
                request.subscribedTopicNames() == null ? topics : sorted(request.subscribedTopicNames()),
                request.subscribedTopicRegex() == null ? regex : request.subscribedTopicRegex(),
                request.serverAssignor() == null ? assignor : request.serverAssignor(),
                null);
    }

    boolean hasRegex() {
        return !regex.isEmpty();
    }

    private static SortedSet<String> sorted(Collection<String> names) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }
}
