package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import java.util.LinkedHashSet;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** DeleteGroups, versions 0 to 2: groups that are empty go, with their offsets. */
public final class DeleteGroupsApi implements Api<DeleteGroupsRequestData> {
    private final GroupCoordinator coordinator;

    public DeleteGroupsApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DELETE_GROUPS;
    }

    @Override
    public Answer handle(DeleteGroupsRequestData request, RequestContext context) throws InterruptedException {
        var response = new DeleteGroupsResponseData();
        for (String groupId : new LinkedHashSet<>(request.groupsNames())) {
            response.results().add(coordinator.deleteGroup(groupId));
        }
        return new Answer.Now(response);
    }
}
