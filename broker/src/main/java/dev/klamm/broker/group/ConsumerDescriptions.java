package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;

/** What ConsumerGroupDescribe gets to see of a group of the new protocol. */
final class ConsumerDescriptions {
    private static final byte CLASSIC = 0;
    private static final byte CONSUMER = 1;

    private ConsumerDescriptions() {}

    static DescribedGroup describe(Group group, Groups groups) {
        return switch (group.state()) {
            case ConsumerGroup consumers -> describe(group.id(), consumers, groups);
            case Dead dead -> notFound(group.id(), "Group " + group.id() + " not found.");
            case ClassicState classic -> notFound(group.id(), "Group " + group.id() + " is not a consumer group.");
        };
    }

    static DescribedGroup error(String groupId, Errors error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
    }

    private static DescribedGroup notFound(String groupId, String message) {
        return error(groupId, Errors.GROUP_ID_NOT_FOUND).setErrorMessage(message);
    }

    private static DescribedGroup describe(String groupId, ConsumerGroup group, Groups groups) {
        return new DescribedGroup()
                .setGroupId(groupId)
                .setGroupState(group.name())
                .setGroupEpoch(group.epoch())
                .setAssignmentEpoch(group.targetEpoch())
                .setAssignorName(TargetAssignment.assignor(
                                group, groups.config().consumers().assignors())
                        .id())
                .setMembers(group.members().stream()
                        .map(member -> member(member, group.targetOrEmpty(member.id()), groups.cluster()))
                        .toList());
    }

    private static Member member(ConsumerMember member, SortedMap<Uuid, SortedSet<Integer>> target, Cluster cluster) {
        Subscription subscription = member.subscription();
        return new Member()
                .setMemberId(member.id())
                .setInstanceId(subscription.instanceId())
                .setRackId(subscription.rackId())
                .setMemberEpoch(member.epoch())
                .setClientId(subscription.clientId())
                .setClientHost(subscription.clientHost())
                .setSubscribedTopicNames(List.copyOf(subscription.topics()))
                .setSubscribedTopicRegex(subscription.regex())
                .setAssignment(assignment(held(member), cluster))
                .setTargetAssignment(assignment(target, cluster))
                .setMemberType(member.speaksClassic() ? CLASSIC : CONSUMER);
    }

    /** With what it is to give up: it may be working on that. */
    private static SortedMap<Uuid, SortedSet<Integer>> held(ConsumerMember member) {
        var held = new TreeMap<Uuid, SortedSet<Integer>>();
        member.current()
                .assigned()
                .with(member.current().revoking())
                .epochs()
                .forEach((topicId, partitions) -> held.put(topicId, new TreeSet<>(partitions.keySet())));
        return held;
    }

    /** Topics that are gone are left out: they have no names any more. */
    private static Assignment assignment(Map<Uuid, SortedSet<Integer>> partitions, Cluster cluster) {
        var topics = new ArrayList<TopicPartitions>();
        partitions.forEach((topicId, ofTopic) -> {
            var topic = cluster.topic(topicId);
            if (topic != null) {
                topics.add(new TopicPartitions()
                        .setTopicId(topicId)
                        .setTopicName(topic.name())
                        .setPartitions(List.copyOf(ofTopic)));
            }
        });
        return new Assignment().setTopicPartitions(topics);
    }
}
