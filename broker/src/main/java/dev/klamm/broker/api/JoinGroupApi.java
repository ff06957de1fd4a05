package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * JoinGroup, versions 0 to 9. Waits until the group's rebalance is prepared; the connection's thread is what waits.
 *
 * <p>A version below 4 lets a member in that doesn't know its id, one below 5 knows no static members, one below 9 can't
 * tell a static leader that there is nothing to assign.
 */
public final class JoinGroupApi implements Api<JoinGroupRequestData> {
    private static final short FIRST_WITH_REBALANCE_TIMEOUT = 1;
    private static final short FIRST_WITH_NULLABLE_PROTOCOL = 7;

    private final GroupCoordinator coordinator;

    public JoinGroupApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.JOIN_GROUP;
    }

    @Override
    public Answer handle(JoinGroupRequestData request, RequestContext context) throws InterruptedException {
        if (context.apiVersion() < FIRST_WITH_REBALANCE_TIMEOUT) {
            request.setRebalanceTimeoutMs(request.sessionTimeoutMs());
        }
        JoinGroupResponseData response = coordinator.joinGroup(
                request,
                context.apiVersion(),
                context.clientId(),
                context.peer().getAddress().toString());
        if (context.apiVersion() < FIRST_WITH_NULLABLE_PROTOCOL && response.protocolName() == null) {
            response.setProtocolName("");
        }
        return new Answer.Now(response);
    }
}
