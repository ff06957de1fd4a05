package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetCommit, versions 2 to 10. Topics go by name up to version 9, by id in version 10; up to version 4 a request may
 * bring a retention of its own.
 */
public final class OffsetCommitApi implements Api<OffsetCommitRequestData> {
    private static final short FIRST_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator coordinator;
    private final Topics topics;

    public OffsetCommitApi(GroupCoordinator coordinator, Topics topics) {
        this.coordinator = coordinator;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public Answer handle(OffsetCommitRequestData request, RequestContext context) throws InterruptedException {
        boolean byId = context.apiVersion() >= FIRST_WITH_TOPIC_IDS;
        var response = new Merged();
        var existing = new ArrayList<OffsetCommitRequestTopic>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            Optional<Topic> found = byId ? topics.byId(topic.topicId()) : topics.byName(topic.name());
            if (found.isPresent()) {
                separate(topic, found.get(), existing, response);
            } else {
                Errors error = byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
                topic.partitions().forEach(p -> response.add(topic.name(), topic.topicId(), p.partitionIndex(), error));
            }
        }
        if (!existing.isEmpty()) {
            response.addAll(coordinator.commitOffsets(request.duplicate().setTopics(existing), context.apiVersion()));
        }
        return new Answer.Now(response.data);
    }

    /** Puts the partitions that there are into {@code existing}, and the others into the response. */
    private static void separate(
            OffsetCommitRequestTopic asked, Topic topic, List<OffsetCommitRequestTopic> existing, Merged response) {
        var partitions = new ArrayList<OffsetCommitRequestPartition>();
        for (OffsetCommitRequestPartition partition : asked.partitions()) {
            int index = partition.partitionIndex();
            if (index >= 0 && index < topic.partitionCount()) {
                partitions.add(partition);
            } else {
                response.add(topic.name(), topic.id(), index, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        if (!partitions.isEmpty()) {
            existing.add(new OffsetCommitRequestTopic()
                    .setName(topic.name())
                    .setTopicId(topic.id())
                    .setPartitions(partitions));
        }
    }

    /** The response, in which a topic stands once though its partitions were answered in different places. */
    private static final class Merged {
        private record Key(String name, Uuid id) {}

        private final OffsetCommitResponseData data = new OffsetCommitResponseData();
        private final Map<Key, OffsetCommitResponseTopic> byTopic = new LinkedHashMap<>();

        void add(String name, Uuid id, int partition, Errors error) {
            topic(name, id)
                    .partitions()
                    .add(new OffsetCommitResponsePartition()
                            .setPartitionIndex(partition)
                            .setErrorCode(error.code()));
        }

        void addAll(OffsetCommitResponseData answered) {
            answered.topics()
                    .forEach(topic ->
                            topic(topic.name(), topic.topicId()).partitions().addAll(topic.partitions()));
        }

        private OffsetCommitResponseTopic topic(String name, Uuid id) {
            return byTopic.computeIfAbsent(new Key(name, id), key -> {
                var topic = new OffsetCommitResponseTopic().setName(name).setTopicId(id);
                data.topics().add(topic);
                return topic;
            });
        }
    }
}
