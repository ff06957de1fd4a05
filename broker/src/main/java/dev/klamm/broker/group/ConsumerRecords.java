package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue.TopicPartition;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.jspecify.annotations.Nullable;

/**
 * The records of a {@link ConsumerGroup}, in Kafka's schemas, all in version 0; a tombstone takes back what a record said.
 *
 * <pre>
 *   ConsumerGroupMetadata                  the group's epoch and the hash of its topics
 *   ConsumerGroupMemberMetadata            a member: what it told of itself
 *   ConsumerGroupTargetAssignmentMetadata  the target's epoch
 *   ConsumerGroupTargetAssignmentMember    a member's part of the target
 *   ConsumerGroupCurrentMemberAssignment   how far a member has come
 *   ConsumerGroupRegularExpression         what a regular expression came to
 *   ConsumerGroupPartitionMetadata         not written any more since Kafka 4.1, but taken back
 * </pre>
 */
final class ConsumerRecords {
    private static final short VERSION = 0;

    private ConsumerRecords() {}

    static GroupRecord group(String groupId, int epoch, long metadataHash) {
        return record(
                new ConsumerGroupMetadataKey().setGroupId(groupId),
                new ConsumerGroupMetadataValue().setEpoch(epoch).setMetadataHash(metadataHash));
    }

    static GroupRecord groupTombstone(String groupId) {
        return record(new ConsumerGroupMetadataKey().setGroupId(groupId), null);
    }

    static GroupRecord partitionMetadataTombstone(String groupId) {
        return record(new ConsumerGroupPartitionMetadataKey().setGroupId(groupId), null);
    }

    static GroupRecord subscription(String groupId, ConsumerMember member) {
        return record(
                subscriptionKey(groupId, member.id()), member.subscription().toValue());
    }

    static GroupRecord subscriptionTombstone(String groupId, String memberId) {
        return record(subscriptionKey(groupId, memberId), null);
    }

    private static ConsumerGroupMemberMetadataKey subscriptionKey(String groupId, String memberId) {
        return new ConsumerGroupMemberMetadataKey().setGroupId(groupId).setMemberId(memberId);
    }

    static GroupRecord target(String groupId, int epoch, long timestampMs) {
        return record(
                new ConsumerGroupTargetAssignmentMetadataKey().setGroupId(groupId),
                new ConsumerGroupTargetAssignmentMetadataValue()
                        .setAssignmentEpoch(epoch)
                        .setAssignmentTimestamp(timestampMs));
    }

    static GroupRecord targetTombstone(String groupId) {
        return record(new ConsumerGroupTargetAssignmentMetadataKey().setGroupId(groupId), null);
    }

    static GroupRecord targetOf(String groupId, String memberId, Map<Uuid, ? extends SortedSet<Integer>> target) {
        var partitions = new ArrayList<TopicPartition>(target.size());
        target.forEach((topicId, ofTopic) ->
                partitions.add(new TopicPartition().setTopicId(topicId).setPartitions(new ArrayList<>(ofTopic))));
        return record(
                targetKey(groupId, memberId),
                new ConsumerGroupTargetAssignmentMemberValue().setTopicPartitions(partitions));
    }

    static GroupRecord targetTombstone(String groupId, String memberId) {
        return record(targetKey(groupId, memberId), null);
    }

    private static ConsumerGroupTargetAssignmentMemberKey targetKey(String groupId, String memberId) {
        return new ConsumerGroupTargetAssignmentMemberKey().setGroupId(groupId).setMemberId(memberId);
    }

    static GroupRecord current(String groupId, ConsumerMember member) {
        return record(currentKey(groupId, member.id()), member.current().toValue());
    }

    static GroupRecord currentTombstone(String groupId, String memberId) {
        return record(currentKey(groupId, memberId), null);
    }

    private static ConsumerGroupCurrentMemberAssignmentKey currentKey(String groupId, String memberId) {
        return new ConsumerGroupCurrentMemberAssignmentKey().setGroupId(groupId).setMemberId(memberId);
    }

    static GroupRecord regex(String groupId, String regex, ResolvedRegex resolved) {
        return record(regexKey(groupId, regex), resolved.toValue());
    }

    static GroupRecord regexTombstone(String groupId, String regex) {
        return record(regexKey(groupId, regex), null);
    }

    private static ConsumerGroupRegularExpressionKey regexKey(String groupId, String regex) {
        return new ConsumerGroupRegularExpressionKey().setGroupId(groupId).setRegularExpression(regex);
    }

    private static GroupRecord record(ApiMessage key, @Nullable ApiMessage value) {
        return new GroupRecord(key, value, VERSION);
    }

    /** The group that the record is about, if it is one of these. */
    static @Nullable String groupId(GroupRecord record) {
        return switch (record.key()) {
            case ConsumerGroupMetadataKey key -> key.groupId();
            case ConsumerGroupPartitionMetadataKey key -> key.groupId();
            case ConsumerGroupMemberMetadataKey key -> key.groupId();
            case ConsumerGroupTargetAssignmentMetadataKey key -> key.groupId();
            case ConsumerGroupTargetAssignmentMemberKey key -> key.groupId();
            case ConsumerGroupCurrentMemberAssignmentKey key -> key.groupId();
            case ConsumerGroupRegularExpressionKey key -> key.groupId();
            default -> null;
        };
    }

    /** Whether it says that the group is no more. */
    static boolean isGroupTombstone(GroupRecord record) {
        return record.key() instanceof ConsumerGroupMetadataKey && record.value() == null;
    }

    /** Makes true what the record says. A tombstone of something that isn't there says nothing. */
    static void replay(GroupRecord record, ConsumerGroup group) {
        switch (record.key()) {
            case ConsumerGroupMetadataKey _ -> replay((ConsumerGroupMetadataValue) record.value(), group);
            case ConsumerGroupPartitionMetadataKey _ -> group.setPartitionMetadata(record.value() != null);
            case ConsumerGroupMemberMetadataKey key ->
                replay(key.memberId(), (ConsumerGroupMemberMetadataValue) record.value(), group);
            case ConsumerGroupTargetAssignmentMetadataKey _ ->
                replay((ConsumerGroupTargetAssignmentMetadataValue) record.value(), group);
            case ConsumerGroupTargetAssignmentMemberKey key ->
                replay(key.memberId(), (ConsumerGroupTargetAssignmentMemberValue) record.value(), group);
            case ConsumerGroupCurrentMemberAssignmentKey key ->
                replay(key.memberId(), (ConsumerGroupCurrentMemberAssignmentValue) record.value(), group);
            case ConsumerGroupRegularExpressionKey key ->
                replay(key.regularExpression(), (ConsumerGroupRegularExpressionValue) record.value(), group);
            default -> throw new IllegalArgumentException("no record of a consumer group: " + record.key());
        }
    }

    private static void replay(@Nullable ConsumerGroupMetadataValue value, ConsumerGroup group) {
        if (value != null) {
            group.setEpoch(value.epoch(), value.metadataHash());
        }
    }

    private static void replay(@Nullable ConsumerGroupTargetAssignmentMetadataValue value, ConsumerGroup group) {
        if (value == null) {
            group.setTargetEpoch(-1, 0);
        } else {
            group.setTargetEpoch(value.assignmentEpoch(), value.assignmentTimestamp());
        }
    }

    private static void replay(String memberId, @Nullable ConsumerGroupMemberMetadataValue value, ConsumerGroup group) {
        if (value == null) {
            group.remove(memberId);
        } else {
            group.put(known(memberId, group).with(Subscription.of(value)));
        }
    }

    private static void replay(
            String memberId, @Nullable ConsumerGroupCurrentMemberAssignmentValue value, ConsumerGroup group) {
        ConsumerMember member = known(memberId, group);
        if (value != null) {
            group.put(member.with(CurrentAssignment.of(value)));
        } else if (group.has(memberId)) {
            group.put(member.with(CurrentAssignment.GONE));
        }
    }

    private static ConsumerMember known(String memberId, ConsumerGroup group) {
        ConsumerMember member = group.member(memberId);
        return member == null ? ConsumerMember.unknown(memberId) : member;
    }

    private static void replay(
            String memberId, @Nullable ConsumerGroupTargetAssignmentMemberValue value, ConsumerGroup group) {
        if (value == null) {
            group.removeTarget(memberId);
            return;
        }
        var target = new TreeMap<Uuid, SortedSet<Integer>>();
        value.topicPartitions().forEach(topic -> target.put(topic.topicId(), new TreeSet<>(topic.partitions())));
        group.putTarget(memberId, target);
    }

    private static void replay(String regex, @Nullable ConsumerGroupRegularExpressionValue value, ConsumerGroup group) {
        if (value == null) {
            group.removeRegex(regex);
        } else {
            group.putRegex(regex, ResolvedRegex.of(value));
        }
    }
}
