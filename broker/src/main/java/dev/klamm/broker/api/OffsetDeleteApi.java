package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** OffsetDelete, version 0: offsets of topics that the group's members do not want. */
public final class OffsetDeleteApi implements Api<OffsetDeleteRequestData> {
    private final GroupCoordinator coordinator;
    private final Topics topics;

    public OffsetDeleteApi(GroupCoordinator coordinator, Topics topics) {
        this.coordinator = coordinator;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.OFFSET_DELETE;
    }

    @Override
    public Answer handle(OffsetDeleteRequestData request, RequestContext context) throws InterruptedException {
        var existing = new OffsetDeleteRequestTopicCollection();
        Map<String, OffsetDeleteResponseTopic> responses = new LinkedHashMap<>();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            var response = new OffsetDeleteResponseTopic().setName(topic.name());
            responses.put(topic.name(), response);
            separate(topic, existing, response);
        }
        OffsetDeleteResponseData deleted =
                coordinator.deleteOffsets(request.duplicate().setTopics(existing));
        if (deleted.errorCode() != Errors.NONE.code()) {
            return new Answer.Now(deleted);
        }
        for (OffsetDeleteResponseTopic topic : deleted.topics()) {
            OffsetDeleteResponseTopic response = responses.getOrDefault(topic.name(), topic);
            topic.partitions().forEach(p -> response.partitions().add(p.duplicate()));
        }
        var answer = new OffsetDeleteResponseData();
        responses.values().forEach(answer.topics()::add);
        return new Answer.Now(answer);
    }

    /** Puts the partitions that there are into {@code existing}, and the others into the response. */
    private void separate(
            OffsetDeleteRequestTopic asked,
            OffsetDeleteRequestTopicCollection existing,
            OffsetDeleteResponseTopic response) {
        int partitionCount =
                topics.byName(asked.name()).map(Topic::partitionCount).orElse(0);
        var found = new OffsetDeleteRequestTopic().setName(asked.name());
        for (var partition : asked.partitions()) {
            int index = partition.partitionIndex();
            if (index >= 0 && index < partitionCount) {
                found.partitions().add(partition);
            } else {
                response.partitions()
                        .add(new OffsetDeleteResponsePartition()
                                .setPartitionIndex(index)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
            }
        }
        if (!found.partitions().isEmpty()) {
            existing.add(found);
        }
    }
}
