package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeGroups, versions 0 to 6. From version 6 on a group that isn't there is GROUP_ID_NOT_FOUND, before it was merely
 * in state Dead. There is no authorization yet: every operation is allowed.
 */
public final class DescribeGroupsApi implements Api<DescribeGroupsRequestData> {
    private final GroupCoordinator coordinator;

    public DescribeGroupsApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_GROUPS;
    }

    @Override
    public Answer handle(DescribeGroupsRequestData request, RequestContext context) throws InterruptedException {
        var response = new DescribeGroupsResponseData();
        for (String groupId : request.groups()) {
            DescribedGroup group = coordinator.describeGroup(groupId, context.apiVersion());
            if (request.includeAuthorizedOperations() && group.errorCode() == Errors.NONE.code()) {
                group.setAuthorizedOperations(AuthorizedOperations.OF_GROUP);
            }
            response.groups().add(group);
        }
        return new Answer.Now(response);
    }
}
