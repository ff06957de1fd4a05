package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetFetch, versions 1 to 10. One group up to version 7, many from then on; topics by name up to version 9, by id in
 * version 10; all topics of a group (topics null) from version 2 on; {@code requireStable} from version 7 on.
 */
public final class OffsetFetchApi implements Api<OffsetFetchRequestData> {
    private static final short FIRST_WITH_GROUP_ERROR = 2;
    private static final short FIRST_WITH_MANY_GROUPS = 8;
    private static final short FIRST_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator coordinator;
    private final Topics topics;

    public OffsetFetchApi(GroupCoordinator coordinator, Topics topics) {
        this.coordinator = coordinator;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.OFFSET_FETCH;
    }

    @Override
    public Answer handle(OffsetFetchRequestData request, RequestContext context) throws InterruptedException {
        if (context.apiVersion() < FIRST_WITH_MANY_GROUPS) {
            OffsetFetchResponseGroup group = coordinator.fetchOffsets(theOneGroup(request), request.requireStable());
            return new Answer.Now(inOldForm(group, request, context.apiVersion()));
        }
        var response = new OffsetFetchResponseData();
        for (OffsetFetchRequestGroup group : request.groups()) {
            boolean byId = context.apiVersion() >= FIRST_WITH_TOPIC_IDS;
            boolean requireStable = request.requireStable();
            response.groups()
                    .add(byId ? fetchById(group, requireStable) : coordinator.fetchOffsets(group, requireStable));
        }
        return new Answer.Now(response);
    }

    private OffsetFetchResponseGroup fetchById(OffsetFetchRequestGroup group, boolean requireStable)
            throws InterruptedException {
        if (group.topics() == null) {
            return withIds(coordinator.fetchOffsets(group, requireStable));
        }
        var known = new ArrayList<OffsetFetchRequestTopics>();
        var unknown = new ArrayList<OffsetFetchResponseTopics>();
        for (OffsetFetchRequestTopics topic : group.topics()) {
            Optional<Topic> found = topics.byId(topic.topicId());
            if (found.isPresent()) {
                known.add(topic.duplicate().setName(found.get().name()));
            } else {
                unknown.add(unknownTopic(topic));
            }
        }
        OffsetFetchResponseGroup response =
                coordinator.fetchOffsets(group.duplicate().setTopics(known), requireStable);
        if (response.errorCode() == Errors.NONE.code()) {
            response.topics().addAll(unknown);
        }
        return response;
    }

    /** A topic that is no more has no id by which it could be named: it is left out. */
    private OffsetFetchResponseGroup withIds(OffsetFetchResponseGroup group) {
        var named = new ArrayList<OffsetFetchResponseTopics>();
        for (OffsetFetchResponseTopics topic : group.topics()) {
            topics.byName(topic.name()).ifPresent(found -> named.add(topic.setTopicId(found.id())));
        }
        return group.setTopics(named);
    }

    private static OffsetFetchResponseTopics unknownTopic(OffsetFetchRequestTopics topic) {
        var response = new OffsetFetchResponseTopics().setTopicId(topic.topicId());
        for (int partition : topic.partitionIndexes()) {
            response.partitions()
                    .add(new OffsetFetchResponsePartitions()
                            .setPartitionIndex(partition)
                            .setCommittedOffset(-1)
                            .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code()));
        }
        return response;
    }

    private static OffsetFetchRequestGroup theOneGroup(OffsetFetchRequestData request) {
        var group = new OffsetFetchRequestGroup().setGroupId(request.groupId());
        if (request.topics() == null) {
            return group.setTopics(null);
        }
        return group.setTopics(request.topics().stream()
                .map(topic -> new OffsetFetchRequestTopics()
                        .setName(topic.name())
                        .setTopicId(Uuid.ZERO_UUID)
                        .setPartitionIndexes(topic.partitionIndexes()))
                .toList());
    }

    /** Up to version 1 there is no place for a group's error but at each of its partitions. */
    private static OffsetFetchResponseData inOldForm(
            OffsetFetchResponseGroup group, OffsetFetchRequestData request, short version) {
        if (group.errorCode() != Errors.NONE.code() && version < FIRST_WITH_GROUP_ERROR) {
            return new OffsetFetchResponseData().setTopics(errorTopics(request, group.errorCode()));
        }
        var response = new OffsetFetchResponseData().setErrorCode(group.errorCode());
        for (OffsetFetchResponseTopics topic : group.topics()) {
            response.topics()
                    .add(new OffsetFetchResponseTopic()
                            .setName(topic.name())
                            .setPartitions(topic.partitions().stream()
                                    .map(OffsetFetchApi::inOldForm)
                                    .toList()));
        }
        return response;
    }

    private static OffsetFetchResponsePartition inOldForm(OffsetFetchResponsePartitions partition) {
        return new OffsetFetchResponsePartition()
                .setPartitionIndex(partition.partitionIndex())
                .setCommittedOffset(partition.committedOffset())
                .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                .setMetadata(partition.metadata())
                .setErrorCode(partition.errorCode());
    }

    private static List<OffsetFetchResponseTopic> errorTopics(OffsetFetchRequestData request, short errorCode) {
        return request.topics().stream()
                .map(topic -> new OffsetFetchResponseTopic()
                        .setName(topic.name())
                        .setPartitions(topic.partitionIndexes().stream()
                                .map(partition -> new OffsetFetchResponsePartition()
                                        .setPartitionIndex(partition)
                                        .setCommittedOffset(-1)
                                        .setMetadata("")
                                        .setErrorCode(errorCode))
                                .toList()))
                .toList();
    }
}
