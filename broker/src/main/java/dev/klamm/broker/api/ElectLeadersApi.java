package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** ElectLeaders, versions 0 to 2. This node leads every partition, so an election is never needed. */
public final class ElectLeadersApi implements Api<ElectLeadersRequestData> {
    private final Topics topics;

    public ElectLeadersApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.ELECT_LEADERS;
    }

    /** Null stands for all partitions; of these, only such are in the answer whose leader changed: none. */
    @Override
    public Answer handle(ElectLeadersRequestData request, RequestContext context) {
        var response = new ElectLeadersResponseData();
        if (request.topicPartitions() == null) {
            for (Topic topic : topics.all()) {
                response.replicaElectionResults().add(new ReplicaElectionResult().setTopic(topic.name()));
            }
            return new Answer.Now(response);
        }
        for (TopicPartitions wanted : request.topicPartitions()) {
            var result = new ReplicaElectionResult().setTopic(wanted.topic());
            wanted.partitions().forEach(partition -> result.partitionResult().add(elected(wanted.topic(), partition)));
            response.replicaElectionResults().add(result);
        }
        return new Answer.Now(response);
    }

    private PartitionResult elected(String name, int partition) {
        Topic topic = topics.byName(name).orElse(null);
        if (topic == null) {
            return result(partition, Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such topic as " + name);
        }
        if (partition < 0 || partition >= topic.partitionCount()) {
            return result(
                    partition, Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such partition as " + name + "-" + partition);
        }
        return result(partition, Errors.ELECTION_NOT_NEEDED, Errors.ELECTION_NOT_NEEDED.message());
    }

    private static PartitionResult result(int partition, Errors error, String message) {
        return new PartitionResult()
                .setPartitionId(partition)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }
}
