package dev.klamm.broker.api;

import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** ListPartitionReassignments, version 0. On a single node none is ever going on. */
public final class ListPartitionReassignmentsApi implements Api<ListPartitionReassignmentsRequestData> {

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_PARTITION_REASSIGNMENTS;
    }

    @Override
    public Answer handle(ListPartitionReassignmentsRequestData request, RequestContext context) {
        return new Answer.Now(new ListPartitionReassignmentsResponseData().setErrorMessage(null));
    }
}
