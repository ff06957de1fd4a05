package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * DescribeTopicPartitions, version 0 (KIP-966): topics by name, a bounded number of partitions in one answer, and where to go
 * on.
 */
public final class DescribeTopicPartitionsApi implements Api<DescribeTopicPartitionsRequestData> {
    private final Topics topics;

    public DescribeTopicPartitionsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public Answer handle(DescribeTopicPartitionsRequestData request, RequestContext context) {
        DescribeTopicPartitionsRequestData.Cursor cursor = request.cursor();
        String from = cursor == null ? "" : cursor.topicName();
        boolean all = request.topics().isEmpty();
        var names = new TreeSet<String>();
        if (all) {
            topics.all().forEach(topic -> names.add(topic.name()));
        } else {
            request.topics().forEach(topic -> names.add(topic.name()));
        }
        boolean misplaced = cursor != null && ((!all && !names.contains(from)) || cursor.partitionIndex() < 0);
        if (misplaced) {
            return new Answer.Now(refused(request.topics()));
        }
        int limit = Math.max(1, Math.min(topics.config().describePartitionsLimit(), request.responsePartitionLimit()));
        var page = new Page(limit, all);
        for (String name : names.tailSet(from)) {
            if (!page.add(name, name.equals(from) && cursor != null ? cursor.partitionIndex() : 0)) {
                break;
            }
        }
        return new Answer.Now(page.response);
    }

    private static DescribeTopicPartitionsResponseData refused(List<TopicRequest> wanted) {
        var response = new DescribeTopicPartitionsResponseData();
        wanted.forEach(topic -> response.topics().add(failed(topic.name(), Errors.INVALID_REQUEST)));
        return response;
    }

    private static DescribeTopicPartitionsResponseTopic failed(String name, Errors error) {
        return new DescribeTopicPartitionsResponseTopic()
                .setName(name)
                .setErrorCode(error.code())
                .setTopicId(Uuid.ZERO_UUID)
                .setIsInternal(org.apache.kafka.common.internals.Topic.isInternal(name))
                .setTopicAuthorizedOperations(AuthorizedOperations.OF_TOPIC);
    }

    /** The answer as it fills up. */
    private final class Page {
        private final DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        private final boolean skipsMissing;
        private int room;

        Page(int room, boolean skipsMissing) {
            this.room = room;
            this.skipsMissing = skipsMissing;
        }

        /** Returns false if the page was full before the topic was whole; then the answer says where to go on. */
        boolean add(String name, int firstPartition) {
            if (room == 0) {
                return goOnAt(name, 0);
            }
            Topic topic = topics.byName(name).orElse(null);
            if (topic == null) {
                addMissing(name);
                return true;
            }
            int end = (int) Math.min(topic.partitionCount(), (long) firstPartition + room);
            response.topics().add(described(topic, firstPartition, end));
            room -= Math.max(0, end - firstPartition);
            return end >= topic.partitionCount() || goOnAt(name, end);
        }

        private boolean goOnAt(String name, int partition) {
            response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(partition));
            return false;
        }

        private void addMissing(String name) {
            if (!skipsMissing) {
                response.topics().add(failed(name, errorOf(name)));
            }
        }
    }

    private static Errors errorOf(@Nullable String name) {
        try {
            org.apache.kafka.common.internals.Topic.validate(name);
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        } catch (InvalidTopicException e) {
            return Errors.INVALID_TOPIC_EXCEPTION;
        }
    }

    /** Partitions {@code [from, to)}. */
    private DescribeTopicPartitionsResponseTopic described(Topic topic, int from, int to) {
        List<Integer> replicas = List.of(topics.nodeId());
        var partitions = new ArrayList<DescribeTopicPartitionsResponsePartition>();
        for (int partition = from; partition < to; partition++) {
            partitions.add(new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(partition)
                    .setLeaderId(topics.nodeId())
                    .setLeaderEpoch(topics.leaderEpoch(topic, partition))
                    .setReplicaNodes(replicas)
                    .setIsrNodes(replicas)
                    .setEligibleLeaderReplicas(List.of())
                    .setLastKnownElr(List.of())
                    .setOfflineReplicas(List.of()));
        }
        return new DescribeTopicPartitionsResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(topic.isInternal())
                .setTopicAuthorizedOperations(AuthorizedOperations.OF_TOPIC)
                .setPartitions(partitions);
    }
}
