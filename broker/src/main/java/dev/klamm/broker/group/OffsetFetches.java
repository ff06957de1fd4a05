package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Reads committed offsets. A group that is not there has none, which is no error. Offsets in open transactions, which
 * {@code requireStable} asks about, do not exist yet: transactional commits are not served.
 */
final class OffsetFetches {
    private static final long NO_OFFSET = -1;

    private OffsetFetches() {}

    /** @param request with the names of its topics; topics null asks for all */
    static OffsetFetchResponseGroup fetch(Group group, OffsetFetchRequestGroup request) {
        var response = new OffsetFetchResponseGroup().setGroupId(request.groupId());
        return response.setTopics(request.topics() == null ? all(group) : wanted(group, request.topics()));
    }

    static OffsetFetchResponseGroup error(OffsetFetchRequestGroup request, Errors error) {
        return new OffsetFetchResponseGroup().setGroupId(request.groupId()).setErrorCode(error.code());
    }

    private static List<OffsetFetchResponseTopics> wanted(Group group, List<OffsetFetchRequestTopics> topics) {
        var responses = new ArrayList<OffsetFetchResponseTopics>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            var response = new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
            for (int partition : topic.partitionIndexes()) {
                CommittedOffset offset = group.offsets().get(topic.name(), partition);
                // An offset in an earlier topic of the same name says nothing about this one.
                boolean isOfThisTopic = offset != null && offset.isOf(topic.topicId());
                response.partitions().add(partition(partition, isOfThisTopic ? offset : null));
            }
            responses.add(response);
        }
        return responses;
    }

    private static List<OffsetFetchResponseTopics> all(Group group) {
        Map<String, OffsetFetchResponseTopics> byName = new TreeMap<>();
        group.offsets()
                .forEach((topic, partition, offset) -> byName.computeIfAbsent(
                                topic,
                                name -> new OffsetFetchResponseTopics()
                                        .setName(name)
                                        .setTopicId(Uuid.ZERO_UUID))
                        .partitions()
                        .add(partition(partition, offset)));
        return new ArrayList<>(byName.values());
    }

    private static OffsetFetchResponsePartitions partition(int partition, @Nullable CommittedOffset offset) {
        return new OffsetFetchResponsePartitions()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset == null ? NO_OFFSET : offset.offset())
                .setCommittedLeaderEpoch(offset == null ? -1 : offset.leaderEpoch())
                .setMetadata(offset == null ? "" : offset.metadata());
    }
}
