package dev.klamm.broker.group;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.Errors;

/** Steps that change a group's committed offsets: each change is a record, and the records are all that changes. */
final class OffsetSteps {

    private OffsetSteps() {}

    /** Whether a topic is gone: this one, not a later one of the same name. */
    interface TopicTest {
        boolean test(String topic, Uuid topicId);
    }

    static OffsetCommitResponseData commit(OffsetCommitRequestData request, short version, Step step) {
        GroupState state = step.group().state();
        Errors error = validate(request, Committer.of(request, version), state);
        if (error != Errors.NONE) {
            return commitError(request, error);
        }
        if (state instanceof ClassicState classic
                && (classic instanceof Stable || classic instanceof PreparingRebalance)) {
            classic.prolongSession(request.memberId(), step);
        }
        var response = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            var topicResponse =
                    new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                Errors partitionError = commit(topic, partition, request.retentionTimeMs(), step);
                topicResponse.partitions().add(answer(partition, partitionError));
            }
            response.topics().add(topicResponse);
        }
        return response;
    }

    /** What speaks against the request; one partition that the member doesn't own any more speaks against all of it. */
    private static Errors validate(OffsetCommitRequestData request, Committer committer, GroupState state) {
        Errors error = state.validateCommit(committer);
        for (OffsetCommitRequestTopic topic : request.topics()) {
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                if (error == Errors.NONE) {
                    error = state.validateOffset(committer, topic.topicId(), partition.partitionIndex());
                }
            }
        }
        return error;
    }

    private static Errors commit(
            OffsetCommitRequestTopic topic, OffsetCommitRequestPartition partition, long retentionMs, Step step) {
        String metadata = partition.committedMetadata();
        if (metadata != null && metadata.length() > step.config().offsetMetadataMaxBytes()) {
            return Errors.OFFSET_METADATA_TOO_LARGE;
        }
        var offset = CommittedOffset.of(partition, topic.topicId(), step.now().wallMs(), retentionMs);
        step.record(GroupRecord.of(step.group().id(), topic.name(), partition.partitionIndex(), offset));
        return Errors.NONE;
    }

    static OffsetCommitResponseData commitError(OffsetCommitRequestData request, Errors error) {
        var response = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            var topicResponse =
                    new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
            topic.partitions().forEach(partition -> topicResponse.partitions().add(answer(partition, error)));
            response.topics().add(topicResponse);
        }
        return response;
    }

    private static OffsetCommitResponsePartition answer(OffsetCommitRequestPartition partition, Errors error) {
        return new OffsetCommitResponsePartition()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(error.code());
    }

    static OffsetDeleteResponseData delete(OffsetDeleteRequestData request, Step step) {
        GroupState state = step.group().state();
        if (state instanceof Dead) {
            return new OffsetDeleteResponseData().setErrorCode(Errors.GROUP_ID_NOT_FOUND.code());
        }
        if (state instanceof ClassicState
                && !(state instanceof Empty)
                && !step.group().isConsumerGroup()) {
            // What its members work on is not known here.
            return new OffsetDeleteResponseData().setErrorCode(Errors.NON_EMPTY_GROUP.code());
        }
        var response = new OffsetDeleteResponseData();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            response.topics().add(delete(topic, step));
        }
        return response;
    }

    private static OffsetDeleteResponseTopic delete(OffsetDeleteRequestTopic topic, Step step) {
        Group group = step.group();
        boolean isSubscribed = group.isSubscribedTo(topic.name());
        var response = new OffsetDeleteResponseTopic().setName(topic.name());
        for (var partition : topic.partitions()) {
            Errors error = isSubscribed ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE;
            if (!isSubscribed && group.offsets().has(topic.name(), partition.partitionIndex())) {
                step.record(GroupRecord.tombstone(group.id(), topic.name(), partition.partitionIndex()));
            }
            response.partitions()
                    .add(new OffsetDeleteResponsePartition()
                            .setPartitionIndex(partition.partitionIndex())
                            .setErrorCode(error.code()));
        }
        return response;
    }

    static void deleteAll(Step step) {
        Group group = step.group();
        group.offsets()
                .forEachPartition(
                        (topic, partition) -> step.record(GroupRecord.tombstone(group.id(), topic, partition)));
    }

    static void forget(TopicTest isGone, Step step) {
        Group group = step.group();
        group.offsets().forEach((topic, partition, offset) -> {
            if (isGone.test(topic, offset.topicId())) {
                step.record(GroupRecord.tombstone(group.id(), topic, partition));
            }
        });
    }

    /** Returns whether no offset is left, nor one pending: what a transaction is about to move does not expire. */
    static boolean expire(Step step) {
        Group group = step.group();
        GroupOffsets offsets = group.offsets();
        var isAnyLeft = new AtomicBoolean(offsets.isAnyPending());
        offsets.committed().forEach((topic, partition, offset) -> {
            if (!group.isSubscribedTo(topic) && isExpired(offset, step) && !offsets.isPending(topic, partition)) {
                step.record(GroupRecord.tombstone(group.id(), topic, partition));
            } else {
                isAnyLeft.set(true);
            }
        });
        return !isAnyLeft.get();
    }

    private static boolean isExpired(CommittedOffset offset, Step step) {
        OptionalLong since = retentionStart(step.group(), offset);
        return since.isPresent()
                && offset.isExpired(
                        step.now().wallMs(), since.getAsLong(), step.config().offsetsRetentionMs());
    }

    /**
     * From when on {@code offsets.retention.minutes} count (KIP-211), in ms since 1970: from when the group became empty; in
     * a stable consumer group, for topics that nobody wants any more, from the commit; for offsets of one who is no member,
     * from the commit. Empty while it can't be said who wants what.
     */
    private static OptionalLong retentionStart(Group group, CommittedOffset offset) {
        return switch (group.state()) {
            case Empty empty
            when empty.protocolType() != null && empty.sinceMs() != -1 -> OptionalLong.of(empty.sinceMs());
            case Empty empty -> OptionalLong.of(offset.commitTimestampMs());
            case Stable stable when stable.subscribedTopics() != null -> OptionalLong.of(offset.commitTimestampMs());
            case Stable stable -> OptionalLong.empty();
            case PreparingRebalance preparing -> OptionalLong.empty();
            case CompletingRebalance completing -> OptionalLong.empty();
            case ConsumerGroup consumers -> OptionalLong.of(offset.commitTimestampMs());
            case Dead dead -> OptionalLong.empty();
        };
    }
}
