package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Heartbeat, versions 0 to 4. */
public final class HeartbeatApi implements Api<HeartbeatRequestData> {
    private final GroupCoordinator coordinator;

    public HeartbeatApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.HEARTBEAT;
    }

    @Override
    public Answer handle(HeartbeatRequestData request, RequestContext context) throws InterruptedException {
        return new Answer.Now(coordinator.heartbeat(request));
    }
}
