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
 * Reads committed offsets. A group that is not there has none, which is no error.
 *
 * <p>{@code requireStable} (KIP-447) is what a consumer asks for that must not read again what a transaction is about to
 * commit: where one is open, it gets UNSTABLE_OFFSET_COMMIT, and asks again.
 */
final class OffsetFetches {
    private static final long NO_OFFSET = -1;

    private OffsetFetches() {}

    /** @param request with the names of its topics; topics null asks for all */
    static OffsetFetchResponseGroup fetch(Group group, OffsetFetchRequestGroup request, boolean requireStable) {
        Errors error = group.state().validateFetch(request.memberId(), request.memberEpoch());
        if (error != Errors.NONE) {
            return error(request, error);
        }
        var response = new OffsetFetchResponseGroup().setGroupId(request.groupId());
        GroupOffsets offsets = group.offsets();
        return response.setTopics(
                request.topics() == null
                        ? all(offsets, requireStable)
                        : wanted(offsets, request.topics(), requireStable));
    }

    static OffsetFetchResponseGroup error(OffsetFetchRequestGroup request, Errors error) {
        return new OffsetFetchResponseGroup().setGroupId(request.groupId()).setErrorCode(error.code());
    }

    private static List<OffsetFetchResponseTopics> wanted(
            GroupOffsets offsets, List<OffsetFetchRequestTopics> topics, boolean requireStable) {
        var responses = new ArrayList<OffsetFetchResponseTopics>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            var response = new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
            for (int partition : topic.partitionIndexes()) {
                if (requireStable && offsets.isPending(topic.name(), partition)) {
                    response.partitions().add(unstable(partition));
                    continue;
                }
                CommittedOffset offset = offsets.committed(topic.name(), partition);
                // An offset in an earlier topic of the same name says nothing about this one.
                boolean isOfThisTopic = offset != null && offset.isOf(topic.topicId());
                response.partitions().add(partition(partition, isOfThisTopic ? offset : null));
            }
            responses.add(response);
        }
        return responses;
    }

    /** Where something is committed; a partition that is only pending is not named. */
    private static List<OffsetFetchResponseTopics> all(GroupOffsets offsets, boolean requireStable) {
        Map<String, OffsetFetchResponseTopics> byName = new TreeMap<>();
        offsets.committed()
                .forEach((topic, partition, offset) -> byName.computeIfAbsent(
                                topic,
                                name -> new OffsetFetchResponseTopics()
                                        .setName(name)
                                        .setTopicId(Uuid.ZERO_UUID))
                        .partitions()
                        .add(
                                requireStable && offsets.isPending(topic, partition)
                                        ? unstable(partition)
                                        : partition(partition, offset)));
        return new ArrayList<>(byName.values());
    }

    private static OffsetFetchResponsePartitions unstable(int partition) {
        return partition(partition, null).setErrorCode(Errors.UNSTABLE_OFFSET_COMMIT.code());
    }

    private static OffsetFetchResponsePartitions partition(int partition, @Nullable CommittedOffset offset) {
        return new OffsetFetchResponsePartitions()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset == null ? NO_OFFSET : offset.offset())
                .setCommittedLeaderEpoch(offset == null ? -1 : offset.leaderEpoch())
                .setMetadata(offset == null ? "" : offset.metadata());
    }
}
