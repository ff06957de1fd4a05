package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** LeaveGroup, versions 0 to 5. One member up to version 2, a list of them, also by instance id, from then on. */
public final class LeaveGroupApi implements Api<LeaveGroupRequestData> {
    private static final short FIRST_WITH_MEMBERS = 3;

    private final GroupCoordinator coordinator;

    public LeaveGroupApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LEAVE_GROUP;
    }

    @Override
    public Answer handle(LeaveGroupRequestData request, RequestContext context) throws InterruptedException {
        if (context.apiVersion() >= FIRST_WITH_MEMBERS) {
            return new Answer.Now(coordinator.leaveGroup(request));
        }
        var member = new MemberIdentity().setMemberId(request.memberId());
        LeaveGroupResponseData response = coordinator.leaveGroup(
                new LeaveGroupRequestData().setGroupId(request.groupId()).setMembers(List.of(member)));
        boolean isMembersError = response.errorCode() == Errors.NONE.code();
        short error = isMembersError ? response.members().getFirst().errorCode() : response.errorCode();
        return new Answer.Now(new LeaveGroupResponseData().setErrorCode(error));
    }
}
