package dev.klamm.broker.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.Bytes;

/**
 * Commands of clients of the classic protocol. An assignment {@code to:bob=rides:0,1;stops:0} is what a consumer would send,
 * {@code to:bob=p0} something else; {@code owns=} as in {@link ConsumerScript}, in the order of topics that is given.
 */
final class ClassicScript {
    private final ScriptedGroups machine;
    private int joins;

    ClassicScript(ScriptedGroups machine) {
        this.machine = machine;
    }

    void join(ScriptArgs args) {
        String name = args.name();
        var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        for (String protocol : ScriptArgs.names(args.text("protocols", "range"))) {
            protocols.add(new JoinGroupRequestProtocol()
                    .setName(protocol)
                    .setMetadata(subscription(args.text("topics", "rides"), args.text("owns", ""))));
        }
        var request = new JoinGroupRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member", machine.client(name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setProtocolType(args.text("type", "consumer"))
                .setProtocols(protocols)
                .setSessionTimeoutMs(args.number("session", 10_000))
                .setRebalanceTimeoutMs(args.number("rebalance", 60_000));
        short version = (short) args.number("version", 9);
        joins += request.memberId().isEmpty() ? 1 : 0;
        machine.take(machine.groups()
                .join(
                        new Join(request, version, name, "/127.0.0.1", Integer.toString(joins), response -> {
                            String members = response.members().stream()
                                    .map(m -> m.memberId() + "=" + topics(m.metadata()))
                                    .collect(Collectors.joining(" "));
                            if (!response.memberId().isEmpty()) {
                                machine.remember(name, response.memberId(), response.generationId());
                            }
                            machine.say(
                                    name,
                                    "join",
                                    response.errorCode(),
                                    response.errorCode() == 0
                                            ? "member " + response.memberId() + ", generation "
                                                    + response.generationId() + ", "
                                                    + response.protocolName() + ", leader " + response.leader()
                                                    + (members.isEmpty() ? "" : ", members " + members)
                                                    + (response.skipAssignment() ? ", nothing to assign" : "")
                                            : "member " + response.memberId());
                        }),
                        machine.now()));
    }

    void sync(ScriptArgs args) {
        String name = args.name();
        var assignments = args.rest().stream()
                .filter(word -> word.startsWith("to:"))
                .map(word -> word.substring(3).split("="))
                .map(pair -> new SyncGroupRequestAssignment()
                        .setMemberId(machine.client(pair[0]).memberId())
                        .setAssignment(assignment(pair[1])))
                .toList();
        var request = new SyncGroupRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member", machine.client(name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(args.number("generation", machine.client(name).generation()))
                .setProtocolType("consumer")
                .setProtocolName(args.text("protocol"))
                .setAssignments(assignments);
        machine.take(machine.groups()
                .sync(
                        request,
                        response -> machine.say(
                                name,
                                "sync",
                                response.errorCode(),
                                response.errorCode() == 0 ? "gets " + assigned(response.assignment()) : ""),
                        machine.now()));
    }

    void heartbeat(ScriptArgs args) {
        var request = new HeartbeatRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member", machine.client(args.name()).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(
                        args.number("generation", machine.client(args.name()).generation()));
        machine.take(machine.groups()
                .heartbeat(
                        request,
                        response -> machine.say(args.name(), "heartbeat", response.errorCode(), ""),
                        machine.now()));
    }

    void leave(ScriptArgs args) {
        var identities = ScriptArgs.names(args.name()).stream()
                .map(name -> new MemberIdentity()
                        .setMemberId(args.text("member", machine.client(name).memberId()))
                        .setGroupInstanceId(args.text("instance")))
                .toList();
        var request =
                new LeaveGroupRequestData().setGroupId(ScriptedGroups.GROUP).setMembers(identities);
        machine.take(machine.groups()
                .leave(
                        request,
                        response -> response.members()
                                .forEach(m -> machine.say(
                                        args.name(),
                                        "leave",
                                        m.errorCode(),
                                        m.memberId().isEmpty() ? "instance " + m.groupInstanceId() : m.memberId())),
                        machine.now()));
    }

    /** Consumers begin to say what they own with version 1. */
    private static byte[] subscription(String topics, String owned) {
        var message = new ConsumerProtocolSubscription().setTopics(ScriptArgs.names(topics));
        partitions(owned)
                .forEach((topic, partitions) -> message.ownedPartitions()
                        .add(new ConsumerProtocolSubscription.TopicPartition()
                                .setTopic(topic)
                                .setPartitions(partitions)));
        return MessageUtil.toVersionPrefixedBytes((short) (owned.isEmpty() ? 0 : 1), message);
    }

    private static byte[] assignment(String text) {
        if (!text.contains(":")) {
            return text.getBytes(UTF_8);
        }
        var message = new ConsumerProtocolAssignment();
        partitions(text)
                .forEach((topic, partitions) -> message.assignedPartitions()
                        .add(new ConsumerProtocolAssignment.TopicPartition()
                                .setTopic(topic)
                                .setPartitions(partitions)));
        return MessageUtil.toVersionPrefixedBytes((short) 0, message);
    }

    private static Map<String, List<Integer>> partitions(String text) {
        var partitions = new LinkedHashMap<String, List<Integer>>();
        for (String topic : text.split(";", -1)) {
            String[] pair = topic.split(":", -1);
            if (pair.length == 2) {
                partitions.put(
                        pair[0],
                        ScriptArgs.names(pair[1]).stream()
                                .map(Integer::parseInt)
                                .toList());
            }
        }
        return partitions;
    }

    /** What a consumer sends begins with a small version number, what scripts write beside that with a letter. */
    private static String assigned(byte[] assignment) {
        if (assignment.length == 0 || assignment[0] != 0) {
            return "[" + new String(assignment, UTF_8) + "]";
        }
        return EmbeddedProtocol.assignment(Bytes.wrap(assignment)).assignedPartitions().stream()
                .map(topic -> topic.topic() + topic.partitions())
                .collect(Collectors.joining(" ", "{", "}"));
    }

    private static String topics(byte[] metadata) {
        ByteBuffer buffer = ByteBuffer.wrap(metadata);
        buffer.getShort();
        return String.join(",", new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), (short) 0).topics());
    }
}
