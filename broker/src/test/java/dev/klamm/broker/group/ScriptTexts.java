package dev.klamm.broker.group;

import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;

/** Records and groups in the words of scripts. Topics go by the ids that {@link ScriptedCluster} gave them. */
final class ScriptTexts {

    private ScriptTexts() {}

    static String of(GroupRecord record) {
        return switch (record.key()) {
            case OffsetCommitKey key -> "offset " + key.topic() + "-" + key.partition() + deleted(record);
            case GroupMetadataKey key ->
                record.value() instanceof GroupMetadataValue value
                        ? "group generation " + value.generation() + " with "
                                + value.members().size() + " members"
                        : "group deleted";
            case ConsumerGroupMetadataKey key ->
                "consumer group"
                        + (record.value() instanceof ConsumerGroupMetadataValue value
                                ? " epoch " + value.epoch()
                                : deleted(record));
            case ConsumerGroupPartitionMetadataKey key -> "partition metadata" + deleted(record);
            case ConsumerGroupMemberMetadataKey key -> "member " + key.memberId() + deleted(record);
            case ConsumerGroupTargetAssignmentMetadataKey key ->
                "target"
                        + (record.value() instanceof ConsumerGroupTargetAssignmentMetadataValue value
                                ? " epoch " + value.assignmentEpoch()
                                : deleted(record));
            case ConsumerGroupTargetAssignmentMemberKey key ->
                "target of " + key.memberId()
                        + (record.value() instanceof ConsumerGroupTargetAssignmentMemberValue value
                                ? " " + target(value)
                                : deleted(record));
            case ConsumerGroupCurrentMemberAssignmentKey key ->
                "current of " + key.memberId()
                        + (record.value() instanceof ConsumerGroupCurrentMemberAssignmentValue value
                                ? " " + of(CurrentAssignment.of(value))
                                : deleted(record));
            case ConsumerGroupRegularExpressionKey key ->
                "regex " + key.regularExpression()
                        + (record.value() instanceof ConsumerGroupRegularExpressionValue value
                                ? " is " + value.topics()
                                : deleted(record));
            default -> throw new IllegalArgumentException(record.toString());
        };
    }

    private static String deleted(GroupRecord record) {
        return record.value() == null ? " deleted" : "";
    }

    private static String target(ConsumerGroupTargetAssignmentMemberValue value) {
        return value.topicPartitions().stream()
                .map(topic -> topic(topic.topicId())
                        + topic.partitions().stream().sorted().toList())
                .sorted()
                .collect(Collectors.joining(" ", "{", "}"));
    }

    static String of(CurrentAssignment current) {
        return "epoch " + current.epoch() + " after " + current.previousEpoch() + " " + current.state() + " has "
                + of(current.assigned())
                + (current.revoking().isEmpty() ? "" : " gives up " + of(current.revoking()));
    }

    /** Each partition with its epoch. */
    private static String of(Partitions partitions) {
        return partitions.epochs().entrySet().stream()
                .map(topic -> topic(topic.getKey()) + topic.getValue())
                .collect(Collectors.joining(" ", "{", "}"));
    }

    static String topics(Map<Uuid, ? extends Collection<Integer>> partitions) {
        return partitions.entrySet().stream()
                .map(topic -> topic(topic.getKey()) + topic.getValue())
                .collect(Collectors.joining(" ", "{", "}"));
    }

    private static String topic(Uuid id) {
        return ScriptedCluster.nameOf(id);
    }

    /** A line that shows a group at a glance. */
    static String of(GroupState state) {
        return switch (state) {
            case Dead dead -> dead.name();
            case ClassicState classic -> of(classic);
            case ConsumerGroup group -> of(group);
        };
    }

    private static String of(ClassicState state) {
        var text = new StringBuilder(state.name()).append(" ").append(state.generation());
        state.roster().all().forEach(m -> text.append(' ').append(m.id()).append(m.isJoining() ? "*" : ""));
        if (!state.roster().pending().isEmpty()) {
            text.append(" pending ").append(String.join(" ", state.roster().pending()));
        }
        return text.toString();
    }

    private static String of(ConsumerGroup group) {
        var text = new StringBuilder(group.name()).append(" ").append(group.epoch());
        text.append(" target ").append(group.targetEpoch());
        group.members().forEach(m -> text.append(' ').append(m.id()).append('@').append(m.epoch()));
        return text.toString();
    }

    /** Everything that the group's records say. */
    static String all(Group group) {
        return switch (group.state()) {
            case Empty empty -> String.valueOf(GroupRecord.of(group.id(), empty).value());
            case Stable s ->
                String.valueOf(GroupRecord.of(
                                group.id(), s.generation(), s.protocolType(), s.protocolName(), s.roster(), s.sinceMs())
                        .value());
            case ConsumerGroup c -> all(c);
            default -> "";
        };
    }

    static String all(ConsumerGroup group) {
        String targets = group.members().stream()
                .map(member -> member.id() + "=" + group.target(member.id()))
                .collect(Collectors.joining(" "));
        return group.epoch() + " " + group.metadataHash() + " " + group.targetEpoch() + " " + group.targetTimestampMs()
                + " " + group.members() + " " + targets + " " + group.regexes();
    }
}
