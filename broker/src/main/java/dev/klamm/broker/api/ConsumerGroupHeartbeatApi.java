package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848): how a member of the new protocol joins, stays, learns its assignment,
 * and leaves. Clients make up their ids themselves from version 1 on, which also brings regular expressions (KIP-1082).
 */
public final class ConsumerGroupHeartbeatApi implements Api<ConsumerGroupHeartbeatRequestData> {
    private final GroupCoordinator coordinator;

    public ConsumerGroupHeartbeatApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public Answer handle(ConsumerGroupHeartbeatRequestData request, RequestContext context)
            throws InterruptedException {
        return new Answer.Now(coordinator.heartbeat(
                request,
                context.apiVersion(),
                context.clientId(),
                context.peer().getAddress().toString()));
    }
}
