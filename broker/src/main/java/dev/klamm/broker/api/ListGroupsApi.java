package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** ListGroups, versions 0 to 5: filters by state from version 4 on, by type from version 5 on. */
public final class ListGroupsApi implements Api<ListGroupsRequestData> {
    private final GroupCoordinator coordinator;

    public ListGroupsApi(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_GROUPS;
    }

    @Override
    public Answer handle(ListGroupsRequestData request, RequestContext context) throws InterruptedException {
        GroupCoordinator.Listing listing = coordinator.listGroups(request.statesFilter(), request.typesFilter());
        return new Answer.Now(new ListGroupsResponseData()
                .setErrorCode(listing.error().code())
                .setGroups(listing.groups()));
    }
}
