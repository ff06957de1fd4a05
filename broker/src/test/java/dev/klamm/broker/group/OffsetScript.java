package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.TransactionalProducer;
import java.util.List;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;

/** Commands about committed offsets, and about the group as a whole. */
final class OffsetScript {
    private final ScriptedGroups machine;

    OffsetScript(ScriptedGroups machine) {
        this.machine = machine;
    }

    void commit(ScriptArgs args) {
        var partition = new OffsetCommitRequestPartition()
                .setPartitionIndex(args.number("partition", 0))
                .setCommittedOffset(args.number("offset", 0))
                .setCommittedMetadata(args.text("metadata", ""));
        var topic = new OffsetCommitRequestTopic()
                .setName(args.text("topic", "rides"))
                .setTopicId(machine.cluster().id(args.text("topic", "rides")))
                .setPartitions(List.of(partition));
        var request = new OffsetCommitRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member", machine.client(args.name()).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationIdOrMemberEpoch(
                        args.number("generation", machine.client(args.name()).generation()))
                .setRetentionTimeMs(args.number("retention", -1))
                .setTopics(List.of(topic));
        machine.take(machine.groups()
                .commitOffsets(
                        request,
                        (short) args.number("version", 10),
                        response -> response.topics()
                                .getFirst()
                                .partitions()
                                .forEach(p -> machine.say(args.name(), "commit", p.errorCode(), "")),
                        machine.now()));
    }

    void commitInTransaction(ScriptArgs args) {
        var partition = new TxnOffsetCommitRequestPartition()
                .setPartitionIndex(args.number("partition", 0))
                .setCommittedOffset(args.number("offset", 0))
                .setCommittedMetadata(args.text("metadata", ""));
        var topic = new TxnOffsetCommitRequestTopic()
                .setName(args.text("topic", "rides"))
                .setPartitions(List.of(partition));
        var request = new TxnOffsetCommitRequestData()
                .setGroupId(ScriptedGroups.GROUP)
                .setProducerId(args.number("producer", 7))
                .setMemberId(args.text("member", machine.client(args.name()).memberId()))
                .setGroupInstanceId(args.text("instance"))
                .setGenerationId(
                        args.number("generation", machine.client(args.name()).generation()))
                .setTopics(List.of(topic));
        machine.take(machine.groups()
                .commitOffsetsInTransaction(
                        request,
                        null,
                        response -> response.topics()
                                .getFirst()
                                .partitions()
                                .forEach(p -> machine.say(args.name(), "txn-commit", p.errorCode(), "")),
                        machine.now()));
    }

    void endTransaction(ScriptArgs args) {
        boolean isCommit = args.name().equals("commit");
        long producerId = args.number("producer", 7);
        machine.endTransaction(new TransactionalProducer(producerId, (short) 0), isCommit);
    }

    void fetch(ScriptArgs args) {
        var topic = new OffsetFetchRequestTopics().setName("rides").setPartitionIndexes(List.of(0));
        var request = new OffsetFetchRequestGroup()
                .setGroupId(ScriptedGroups.GROUP)
                .setMemberId(args.text("member"))
                .setMemberEpoch(args.number("epoch", -1))
                .setTopics(args.name().equals("all") ? null : List.of(topic));
        var response = OffsetFetches.fetch(
                machine.groups().group(ScriptedGroups.GROUP), request, args.text("require-stable") != null);
        if (response.errorCode() != 0) {
            machine.say(args.name(), "fetch", response.errorCode(), "");
        }
        response.topics()
                .forEach(t -> t.partitions()
                        .forEach(p -> machine.say(
                                t.name() + "-" + p.partitionIndex(), "at", p.errorCode(), "" + p.committedOffset())));
    }

    void deleteOffsets(ScriptArgs args) {
        var topic = new OffsetDeleteRequestTopic().setName(args.text("topic", "rides"));
        topic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(args.number("partition", 0)));
        var request = new OffsetDeleteRequestData().setGroupId(ScriptedGroups.GROUP);
        request.topics().add(topic);
        machine.take(machine.groups()
                .deleteOffsets(
                        request,
                        response -> {
                            if (response.errorCode() != 0) {
                                machine.say("admin", "delete-offsets", response.errorCode(), "");
                            }
                            response.topics()
                                    .forEach(t -> t.partitions()
                                            .forEach(p -> machine.say(
                                                    "admin",
                                                    "delete-offsets",
                                                    p.errorCode(),
                                                    t.name() + "-" + p.partitionIndex())));
                        },
                        machine.now()));
    }

    void deleteGroup() {
        machine.take(machine.groups()
                .deleteGroup(
                        ScriptedGroups.GROUP,
                        response -> machine.say("admin", "delete-group", response.errorCode(), ""),
                        machine.now()));
    }

    void offsets() {
        machine.groups()
                .group(ScriptedGroups.GROUP)
                .offsets()
                .committed()
                .forEach((topic, partition, offset) -> machine.event(topic + "-" + partition + " at " + offset.offset()
                        + (offset.metadata().isEmpty() ? "" : " " + offset.metadata())));
    }

    void forgetTopic(String name) {
        machine.take(
                machine.groups().forgetTopics(ScriptedGroups.GROUP, (topic, id) -> topic.equals(name), machine.now()));
    }
}
