package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.jspecify.annotations.Nullable;

/**
 * Commands of members of the new protocol. One named alice has the member id "alice", and remembers its epoch; what it owns
 * it says with {@code owns=rides:0,1;stops:0}, or {@code owns=} for nothing.
 */
final class ConsumerScript {
    private final ScriptedGroups machine;

    ConsumerScript(ScriptedGroups machine) {
        this.machine = machine;
    }

    /** The first heartbeat, or that of one who begins anew. */
    void enter(ScriptArgs args) {
        var request = request(args)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(args.number("rebalance", 60_000))
                .setTopicPartitions(List.of());
        if (!args.has("regex") || args.has("topics")) {
            request.setSubscribedTopicNames(ScriptArgs.names(args.text("topics", "rides")));
        }
        send(args.name(), "enter", request);
    }

    void beat(ScriptArgs args) {
        var request = request(args)
                .setMemberEpoch(args.number("epoch", machine.client(args.name()).generation()))
                .setRebalanceTimeoutMs(args.number("rebalance", -1))
                .setTopicPartitions(owned(args.text("owns")));
        if (args.has("topics")) {
            request.setSubscribedTopicNames(ScriptArgs.names(args.text("topics", "")));
        }
        send(args.name(), "beat", request);
    }

    void quit(ScriptArgs args) {
        int epoch = args.has("for-now") ? CurrentAssignment.AWAY : CurrentAssignment.LEFT;
        send(args.name(), "quit", request(args).setMemberEpoch(epoch));
    }

    private ConsumerGroupHeartbeatRequestData request(ScriptArgs args) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member", args.name()))
                .setInstanceId(args.text("instance"))
                .setSubscribedTopicRegex(args.text("regex"))
                .setServerAssignor(args.text("assignor"));
    }

    private @Nullable List<TopicPartitions> owned(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var owned = new ArrayList<TopicPartitions>();
        for (String topic : text.isEmpty() ? new String[0] : text.split(";", -1)) {
            String[] parts = topic.split(":", -1);
            owned.add(new TopicPartitions()
                    .setTopicId(machine.cluster().id(parts[0]))
                    .setPartitions(ScriptArgs.names(parts[1]).stream()
                            .map(Integer::valueOf)
                            .toList()));
        }
        return owned;
    }

    private void send(String client, String verb, ConsumerGroupHeartbeatRequestData request) {
        String clientId = client;
        machine.take(machine.groups()
                .heartbeat(
                        new ConsumerHeartbeat(request, clientId, "/127.0.0.1", "fresh-id", response -> {
                            if (response.errorCode() == 0) {
                                machine.remember(client, response.memberId(), response.memberEpoch());
                            }
                            machine.say(client, verb, response.errorCode(), detail(response));
                        }),
                        machine.now()));
    }

    private static String detail(ConsumerGroupHeartbeatResponseData response) {
        if (response.errorCode() != 0) {
            return "(" + response.errorMessage() + ")";
        }
        String epoch = "epoch " + response.memberEpoch();
        if (response.assignment() == null) {
            return epoch;
        }
        Map<Uuid, List<Integer>> assigned = new TreeMap<>();
        response.assignment().topicPartitions().forEach(topic -> assigned.put(topic.topicId(), topic.partitions()));
        return epoch + " works on " + ScriptTexts.topics(assigned);
    }

    void describe() {
        var group = machine.groups().group(ScriptedGroups.GROUP);
        var described = ConsumerDescriptions.describe(group, machine.groups());
        machine.say(
                "admin",
                "describe",
                described.errorCode(),
                described.errorCode() != 0
                        ? "(" + described.errorMessage() + ")"
                        : described.groupState() + " epoch " + described.groupEpoch() + " target "
                                + described.assignmentEpoch() + " " + described.assignorName());
        described
                .members()
                .forEach(member -> machine.event(member.memberId() + "@" + member.memberEpoch() + " wants "
                        + member.subscribedTopicNames() + member.subscribedTopicRegex() + " has "
                        + topics(member.assignment()) + " of " + topics(member.targetAssignment())));
    }

    private static String topics(
            org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment assignment) {
        return assignment.topicPartitions().stream()
                .map(topic -> topic.topicName() + topic.partitions())
                .collect(Collectors.joining(" ", "{", "}"));
    }

    /** What tools for both protocols say of the group. */
    void list(ScriptArgs args) {
        Descriptions.list(
                        machine.groups(),
                        ScriptArgs.names(args.text("states", "")),
                        ScriptArgs.names(args.text("types", "")))
                .forEach(group -> machine.event(group.groupId() + " " + group.groupType() + " " + group.protocolType()
                        + " " + group.groupState()));
    }
}
