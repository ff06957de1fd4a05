package dev.klamm.broker.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.TransactionalProducer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.jspecify.annotations.Nullable;

/**
 * The group state machine under a script: no threads, no files, a clock that moves when it is told to. A client (alice,
 * bob) remembers its member id and generation from the answers it gets, as real ones do. After each command the records
 * so far are read into a second machine, which must come to the same.
 */
final class Scenario {
    private static final String GROUP = "g";

    private record Client(String memberId, int generation) {}

    private GroupConfig config = GroupConfig.DEFAULT;
    private final ScriptedCluster cluster = new ScriptedCluster();
    private Groups groups = new Groups(config, cluster);
    private Moment now = new Moment(1_000_000, 0);
    private final List<LogEntry> log = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final Map<String, Client> clients = new HashMap<>();
    private int joins;
    private boolean isLogFull;

    /** Runs one command, {@code verb [client] [key=value]...}; returns what came of it, a line each. */
    List<String> run(String line) {
        events.clear();
        String before = describe();
        List<String> words = Arrays.asList(line.split(" +"));
        var args = new Args(words);
        switch (words.getFirst()) {
            case "config" -> configure(args);
            case "join" -> join(args);
            case "sync" -> sync(args);
            case "heartbeat" -> heartbeat(args);
            case "leave" -> leave(args);
            case "commit" -> commit(args);
            case "txn-commit" -> commitInTransaction(args);
            case "end-txn" -> endTransaction(args);
            case "fetch" -> fetch(args);
            case "delete-offsets" -> deleteOffsets(args);
            case "delete-group" -> deleteGroup();
            case "delete-topic" -> take(groups.forgetTopics(GROUP, (topic, id) -> topic.equals(args.name), now));
            case "expire-offsets" -> take(groups.cleanUp(GROUP, now));
            case "advance" -> advance(Long.parseLong(args.name));
            case "restart" -> restart();
            case "fill-log" -> isLogFull = true;
            case "offsets" -> offsets();
            default -> throw new IllegalArgumentException("no such command: " + line);
        }
        assertThat(durable(replayed(log))).isEqualTo(durable(groups));
        assertThat(durableOffsets(replayed(CompactedEntries.of(log)))).isEqualTo(durableOffsets(groups));
        if (!describe().equals(before)) {
            events.add(describe());
        }
        return events;
    }

    private void configure(Args args) {
        config = new GroupConfig(
                config.minSessionTimeoutMs(),
                config.maxSessionTimeoutMs(),
                args.number("delay", 0),
                args.number("max-size", Integer.MAX_VALUE),
                args.number("max-metadata", 4096),
                args.number("retention", 1000),
                config.offsetsRetentionCheckIntervalMs(),
                config.consumers());
        groups = new Groups(config, cluster);
    }

    private void join(Args args) {
        String name = args.name;
        var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        for (String protocol : names(args.text("protocols", "range"))) {
            protocols.add(new JoinGroupRequestProtocol()
                    .setName(protocol)
                    .setMetadata(subscription(args.text("topics", "rides"))));
        }
        var request = new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(args.text("member", client(name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setProtocolType(args.text("type", "consumer"))
                .setProtocols(protocols)
                .setSessionTimeoutMs(args.number("session", 10_000))
                .setRebalanceTimeoutMs(args.number("rebalance", 60_000));
        short version = (short) args.number("version", 9);
        joins += request.memberId().isEmpty() ? 1 : 0;
        take(groups.join(
                new Join(request, version, name, "/127.0.0.1", Integer.toString(joins), response -> {
                    String members = response.members().stream()
                            .map(m -> m.memberId() + "=" + topics(m.metadata()))
                            .collect(Collectors.joining(" "));
                    if (!response.memberId().isEmpty()) {
                        clients.put(name, new Client(response.memberId(), response.generationId()));
                    }
                    say(
                            name,
                            "join",
                            response.errorCode(),
                            response.errorCode() == 0
                                    ? "member " + response.memberId() + ", generation " + response.generationId() + ", "
                                            + response.protocolName() + ", leader " + response.leader()
                                            + (members.isEmpty() ? "" : ", members " + members)
                                            + (response.skipAssignment() ? ", nothing to assign" : "")
                                    : "member " + response.memberId());
                }),
                now));
    }

    private void sync(Args args) {
        String name = args.name;
        var assignments = args.rest.stream()
                .filter(word -> word.startsWith("to:"))
                .map(word -> word.substring(3).split("="))
                .map(pair -> new SyncGroupRequestAssignment()
                        .setMemberId(client(pair[0]).memberId())
                        .setAssignment(pair[1].getBytes(UTF_8)))
                .toList();
        var request = new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(args.text("member", client(name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(args.number("generation", client(name).generation()))
                .setProtocolType("consumer")
                .setProtocolName(args.text("protocol"))
                .setAssignments(assignments);
        take(groups.sync(
                request,
                response -> say(
                        name,
                        "sync",
                        response.errorCode(),
                        response.errorCode() == 0 ? "gets [" + new String(response.assignment(), UTF_8) + "]" : ""),
                now));
    }

    private void heartbeat(Args args) {
        var request = new HeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(args.text("member", client(args.name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(args.number("generation", client(args.name).generation()));
        take(groups.heartbeat(request, response -> say(args.name, "heartbeat", response.errorCode(), ""), now));
    }

    private void leave(Args args) {
        var identities = names(args.name).stream()
                .map(name -> new MemberIdentity()
                        .setMemberId(args.text("member", client(name).memberId()))
                        .setGroupInstanceId(args.text("instance")))
                .toList();
        var request = new LeaveGroupRequestData().setGroupId(GROUP).setMembers(identities);
        take(groups.leave(
                request,
                response -> response.members()
                        .forEach(m -> say(
                                args.name,
                                "leave",
                                m.errorCode(),
                                m.memberId().isEmpty() ? "instance " + m.groupInstanceId() : m.memberId())),
                now));
    }

    private void commit(Args args) {
        var partition = new OffsetCommitRequestPartition()
                .setPartitionIndex(args.number("partition", 0))
                .setCommittedOffset(args.number("offset", 0))
                .setCommittedMetadata(args.text("metadata", ""));
        var topic = new OffsetCommitRequestTopic()
                .setName(args.text("topic", "rides"))
                .setTopicId(new Uuid(0, args.text("topic", "rides").hashCode()))
                .setPartitions(List.of(partition));
        var request = new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setMemberId(args.text("member", client(args.name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationIdOrMemberEpoch(
                        args.number("generation", client(args.name).generation()))
                .setRetentionTimeMs(args.number("retention", -1))
                .setTopics(List.of(topic));
        take(groups.commitOffsets(
                request,
                (short) args.number("version", 10),
                response -> response.topics()
                        .getFirst()
                        .partitions()
                        .forEach(p -> say(args.name, "commit", p.errorCode(), "")),
                now));
    }

    private void commitInTransaction(Args args) {
        var partition = new TxnOffsetCommitRequestPartition()
                .setPartitionIndex(args.number("partition", 0))
                .setCommittedOffset(args.number("offset", 0))
                .setCommittedMetadata(args.text("metadata", ""));
        var topic = new TxnOffsetCommitRequestTopic()
                .setName(args.text("topic", "rides"))
                .setPartitions(List.of(partition));
        var request = new TxnOffsetCommitRequestData()
                .setGroupId(GROUP)
                .setProducerId(args.number("producer", 7))
                .setMemberId(args.text("member", client(args.name).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(args.number("generation", client(args.name).generation()))
                .setTopics(List.of(topic));
        take(groups.commitOffsetsInTransaction(
                request,
                null,
                response -> response.topics()
                        .getFirst()
                        .partitions()
                        .forEach(p -> say(args.name, "txn-commit", p.errorCode(), "")),
                now));
    }

    private void endTransaction(Args args) {
        boolean isCommit = args.name.equals("commit");
        long producerId = args.number("producer", 7);
        log.add(new LogEntry.Marker(new TransactionalProducer(producerId, (short) 0), 0, isCommit));
        groups.endTransaction(producerId, isCommit);
    }

    private void fetch(Args args) {
        var topic = new OffsetFetchRequestTopics().setName("rides").setPartitionIndexes(List.of(0));
        var request = new OffsetFetchRequestGroup()
                .setGroupId(GROUP)
                .setTopics(args.name.equals("all") ? null : List.of(topic));
        OffsetFetches.fetch(groups.group(GROUP), request, args.text("require-stable") != null)
                .topics()
                .forEach(t -> t.partitions()
                        .forEach(p -> say(
                                t.name() + "-" + p.partitionIndex(), "at", p.errorCode(), "" + p.committedOffset())));
    }

    private void deleteOffsets(Args args) {
        var topic = new OffsetDeleteRequestTopic().setName(args.text("topic", "rides"));
        topic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(args.number("partition", 0)));
        var request = new OffsetDeleteRequestData().setGroupId(GROUP);
        request.topics().add(topic);
        take(groups.deleteOffsets(
                request,
                response -> {
                    if (response.errorCode() != 0) {
                        say("admin", "delete-offsets", response.errorCode(), "");
                    }
                    response.topics()
                            .forEach(t -> t.partitions()
                                    .forEach(p -> say(
                                            "admin",
                                            "delete-offsets",
                                            p.errorCode(),
                                            t.name() + "-" + p.partitionIndex())));
                },
                now));
    }

    private void deleteGroup() {
        take(groups.deleteGroup(GROUP, response -> say("admin", "delete-group", response.errorCode(), ""), now));
    }

    private void advance(long ms) {
        now = now.plusMs(ms);
        Optional<Step> due = groups.due(GROUP, now);
        while (due.isPresent()) {
            take(due.get());
            due = groups.due(GROUP, now);
        }
    }

    private void restart() {
        groups = replayed(log);
        take(groups.loaded(GROUP, now));
    }

    private void offsets() {
        groups.group(GROUP)
                .offsets()
                .committed()
                .forEach((topic, partition, offset) -> events.add(topic + "-" + partition + " at " + offset.offset()
                        + (offset.metadata().isEmpty() ? "" : " " + offset.metadata())));
    }

    private void take(Step step) {
        if (isLogFull && !step.records().isEmpty()) {
            isLogFull = false;
            events.add("log refuses");
            groups.notWritten(step, Errors.UNKNOWN_SERVER_ERROR, now).ifPresent(this::take);
            return;
        }
        step.records().forEach(record -> events.add("log: " + describe(record)));
        long baseOffset = log.size();
        step.records().forEach(record -> log.add(entry(record, step.transaction())));
        groups.apply(step, baseOffset);
        step.replies().forEach(Reply::deliver);
    }

    private LogEntry entry(GroupRecord record, @Nullable TransactionalProducer transaction) {
        byte[] value = record.valueBytes();
        return new LogEntry.Written(
                log.size(),
                ByteBuffer.wrap(record.keyBytes()),
                value == null ? null : ByteBuffer.wrap(value),
                transaction);
    }

    private Groups replayed(List<LogEntry> entries) {
        var fresh = new Groups(config, cluster);
        entries.stream().map(Scenario::readAgain).forEach(fresh::replay);
        return fresh;
    }

    private static LogEntry readAgain(LogEntry entry) {
        return switch (entry) {
            case LogEntry.Written w ->
                new LogEntry.Written(
                        w.offset(),
                        w.key().duplicate(),
                        w.value() == null ? null : w.value().duplicate(),
                        w.transaction());
            case LogEntry.Marker marker -> marker;
        };
    }

    /** What must survive a restart: offsets, and of a group that is at rest who has what. */
    private Map<String, String> durable(Groups of) {
        var facts = new TreeMap<String, String>();
        for (Group group : of.all()) {
            facts.put(group.id(), atRest(group) ? record(group) : "");
            group.offsets()
                    .forEach((topic, p, offset) ->
                            facts.merge(group.id() + topic + p, offset.toString(), (one, other) -> one + other));
        }
        facts.replaceAll((key, fact) -> key.equals(GROUP) && !atRest(groups.group(GROUP)) ? "" : fact);
        return facts;
    }

    /** What compaction must not change: it may take an empty group that has nothing, or the time since when it is there. */
    private Map<String, String> durableOffsets(Groups of) {
        Map<String, String> facts = durable(of);
        facts.remove(GROUP);
        return facts;
    }

    private static boolean atRest(Group group) {
        return group.state() instanceof Empty || group.state() instanceof Stable;
    }

    private static String record(Group group) {
        return switch (group.state()) {
            case Empty empty -> String.valueOf(GroupRecord.of(group.id(), empty).value());
            case Stable s ->
                String.valueOf(GroupRecord.of(
                                group.id(), s.generation(), s.protocolType(), s.protocolName(), s.roster(), s.sinceMs())
                        .value());
            default -> "";
        };
    }

    private String describe() {
        ClassicState state = (ClassicState) groups.group(GROUP).state();
        var text = new StringBuilder("group: ").append(state.name());
        if (!(state instanceof Dead)) {
            text.append(" ").append(state.generation());
        }
        state.roster().all().forEach(m -> text.append(' ').append(m.id()).append(m.isJoining() ? "*" : ""));
        if (!state.roster().pending().isEmpty()) {
            text.append(" pending ").append(String.join(" ", state.roster().pending()));
        }
        return text.toString();
    }

    private static String describe(GroupRecord record) {
        return switch (record.key()) {
            case OffsetCommitKey key ->
                "offset " + key.topic() + "-" + key.partition() + (record.value() == null ? " deleted" : "");
            case GroupMetadataKey key ->
                record.value() instanceof GroupMetadataValue value
                        ? "group generation " + value.generation() + " with "
                                + value.members().size() + " members"
                        : "group deleted";
            default -> throw new IllegalArgumentException(record.toString());
        };
    }

    private void say(String client, String verb, short errorCode, String detail) {
        Errors error = Errors.forCode(errorCode);
        String what = error == Errors.NONE ? "ok" : error.name();
        events.add((client + " " + verb + ": " + what + " " + detail).strip());
    }

    private Client client(String name) {
        return clients.getOrDefault(name, new Client("", -1));
    }

    private static List<String> names(String commaSeparated) {
        return commaSeparated.isEmpty() ? List.of() : Arrays.asList(commaSeparated.split(",", -1));
    }

    private static byte[] subscription(String topics) {
        var message = new ConsumerProtocolSubscription().setTopics(names(topics));
        return MessageUtil.toVersionPrefixedBytes((short) 0, message);
    }

    private static String topics(byte[] metadata) {
        ByteBuffer buffer = ByteBuffer.wrap(metadata);
        buffer.getShort();
        return String.join(",", new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), (short) 0).topics());
    }

    /** The words behind the verb: a name, perhaps, and key=value pairs. */
    private static final class Args {
        final String name;
        final List<String> rest;
        private final Map<String, String> values;

        Args(List<String> words) {
            name = words.size() > 1 && !words.get(1).contains("=") ? words.get(1) : "";
            rest = words.subList(1, words.size());
            values = rest.stream()
                    .filter(word -> word.contains("=") && !word.startsWith("to:"))
                    .map(word -> word.split("=", 2))
                    .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        }

        @Nullable
        String text(String key) {
            return values.get(key);
        }

        String text(String key, String otherwise) {
            return values.getOrDefault(key, otherwise);
        }

        int number(String key, int otherwise) {
            return Optional.ofNullable(values.get(key)).map(Integer::parseInt).orElse(otherwise);
        }
    }
}
