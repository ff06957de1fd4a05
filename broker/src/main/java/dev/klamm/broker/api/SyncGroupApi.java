package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** SyncGroup, versions 0 to 5. A follower waits for its leader's assignment; the connection's thread is what waits. */
public final class SyncGroupApi implements Api<SyncGroupRequestData> {
    private static final short FIRST_WITH_PROTOCOL = 5;

    private final GroupCoordinator coordinator;

    public SyncGroupApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.SYNC_GROUP;
    }

    @Override
    public Answer handle(SyncGroupRequestData request, RequestContext context) throws InterruptedException {
        boolean saysProtocol = request.protocolType() != null && request.protocolName() != null;
        if (context.apiVersion() >= FIRST_WITH_PROTOCOL && !saysProtocol) {
            return new Answer.Now(new SyncGroupResponseData().setErrorCode(Errors.INCONSISTENT_GROUP_PROTOCOL.code()));
        }
        return new Answer.Now(coordinator.syncGroup(request));
    }
}
