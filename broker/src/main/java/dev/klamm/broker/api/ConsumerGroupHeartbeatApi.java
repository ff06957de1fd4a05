package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Feature;
import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848): how a member of the new protocol joins, stays, learns its assignment,
 * and leaves. Clients make up their ids themselves from version 1 on, which also brings regular expressions (KIP-1082).
 */
public final class ConsumerGroupHeartbeatApi implements Api<ConsumerGroupHeartbeatRequestData> {
    private final GroupCoordinator coordinator;
    private final Topics topics;

    public ConsumerGroupHeartbeatApi(GroupCoordinator coordinator, Topics topics) {
        this.coordinator = coordinator;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public Answer handle(ConsumerGroupHeartbeatRequestData request, RequestContext context)
            throws InterruptedException {
        if (topics.features().level(Feature.GROUP) == 0) {
            return new Answer.Now(new ConsumerGroupHeartbeatResponseData()
                    .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
                    .setErrorMessage(Errors.UNSUPPORTED_VERSION.message()));
        }
        return new Answer.Now(coordinator.heartbeat(
                request,
                context.apiVersion(),
                context.clientId(),
                context.peer().getAddress().toString()));
    }
}
