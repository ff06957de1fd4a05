package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * AlterPartitionReassignments, versions 0 to 1. Partitions can only be assigned to this node, where they are: nothing ever
 * moves, and there is nothing to cancel.
 */
public final class AlterPartitionReassignmentsApi implements Api<AlterPartitionReassignmentsRequestData> {
    private final Topics topics;

    public AlterPartitionReassignmentsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
    }

    @Override
    public Answer handle(AlterPartitionReassignmentsRequestData request, RequestContext context) {
        var response = new AlterPartitionReassignmentsResponseData()
                .setAllowReplicationFactorChange(request.allowReplicationFactorChange())
                .setErrorMessage(null);
        for (ReassignableTopic topic : request.topics()) {
            var answer = new ReassignableTopicResponse().setName(topic.name());
            topic.partitions().forEach(partition -> answer.partitions().add(reassigned(topic.name(), partition)));
            response.responses().add(answer);
        }
        return new Answer.Now(response);
    }

    private ReassignablePartitionResponse reassigned(String name, ReassignablePartition partition) {
        int index = partition.partitionIndex();
        Topic topic = topics.byName(name).orElse(null);
        if (topic == null) {
            return result(index, Errors.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find a topic named " + name + ".");
        }
        if (index < 0 || index >= topic.partitionCount()) {
            return result(
                    index, Errors.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find partition " + name + ":" + index + ".");
        }
        if (partition.replicas() == null) {
            return result(index, Errors.NO_REASSIGNMENT_IN_PROGRESS, Errors.NO_REASSIGNMENT_IN_PROGRESS.message());
        }
        return topics.objectionTo(partition.replicas())
                .map(objection -> result(index, Errors.INVALID_REPLICA_ASSIGNMENT, objection))
                .orElseGet(() -> result(index, Errors.NONE, null));
    }

    private static ReassignablePartitionResponse result(int partition, Errors error, @Nullable String message) {
        return new ReassignablePartitionResponse()
                .setPartitionIndex(partition)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }
}
