package dev.klamm.broker.api;

import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import java.util.HashMap;
import java.util.List;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** CreatePartitions, versions 0 to 3, whole. */
public final class CreatePartitionsApi implements Api<CreatePartitionsRequestData> {
    private final Topics topics;

    public CreatePartitionsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.CREATE_PARTITIONS;
    }

    @Override
    public Answer handle(CreatePartitionsRequestData request, RequestContext context) throws InterruptedException {
        var times = new HashMap<String, Integer>();
        request.topics().forEach(topic -> times.merge(topic.name(), 1, Integer::sum));
        var response = new CreatePartitionsResponseData();
        for (CreatePartitionsTopic topic : request.topics()) {
            if (times.getOrDefault(topic.name(), 1) == 1) {
                response.results().add(added(topic, request.validateOnly()));
            }
        }
        times.forEach((name, count) -> {
            if (count > 1) {
                response.results().add(result(name, Errors.INVALID_REQUEST).setErrorMessage("Duplicate topic name."));
            }
        });
        return new Answer.Now(response);
    }

    private CreatePartitionsTopicResult added(CreatePartitionsTopic topic, boolean validateOnly)
            throws InterruptedException {
        List<CreatePartitionsAssignment> given = topic.assignments();
        List<List<Integer>> assignments = given == null
                ? null
                : given.stream().map(CreatePartitionsAssignment::brokerIds).toList();
        TopicOutcome outcome = topics.addPartitions(topic.name(), topic.count(), assignments, validateOnly);
        return switch (outcome) {
            case TopicOutcome.Done _ -> result(topic.name(), Errors.NONE).setErrorMessage(null);
            case TopicOutcome.Refused(Errors error, String message) ->
                result(topic.name(), error).setErrorMessage(message);
        };
    }

    private static CreatePartitionsTopicResult result(String name, Errors error) {
        return new CreatePartitionsTopicResult().setName(name).setErrorCode(error.code());
    }
}
