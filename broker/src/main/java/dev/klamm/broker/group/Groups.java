package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.StateMachine;
import dev.klamm.broker.coordinator.TransactionalProducer;
import dev.klamm.log.Verification;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition of {@code __consumer_offsets}: a state machine without I/O, threads and clocks. A method
 * that takes a request and a moment plans a {@link Step} and changes nothing; the shell appends the step's records and
 * then calls {@link #apply}. What is in the log is brought back by {@link #replay}.
 */
final class Groups implements StateMachine<Step> {
    private final GroupConfig config;
    private final Cluster cluster;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final OffsetStore offsets = new OffsetStore();

    Groups(GroupConfig config, Cluster cluster) {
        this.config = config;
        this.cluster = cluster;
    }

    GroupConfig config() {
        return config;
    }

    Cluster cluster() {
        return cluster;
    }

    /** A dead one if there is no such group. */
    Group group(String groupId) {
        Group group = groups.get(groupId);
        return group == null ? new Group(groupId, offsets) : group;
    }

    Collection<Group> all() {
        return groups.values();
    }

    @Override
    public List<String> ids() {
        return List.copyOf(groups.keySet());
    }

    @Override
    public long deadlineMs() {
        return groups.values().stream().mapToLong(Group::deadlineMs).min().orElse(Group.NEVER);
    }

    Step join(Join join, Moment now) {
        Step step = step(join.request().groupId(), now);
        switch (step.group().state()) {
            case Dead dead -> joinNone(join, step);
            case ClassicState state -> step.moveTo(Joining.join(state, join, step));
            case ConsumerGroup group -> ClassicMembers.join(join, group, step);
        }
        return step;
    }

    /** A member that comes without an id brings a group to life. */
    private static void joinNone(Join join, Step step) {
        if (!join.memberId().isEmpty()) {
            step.reply(join.call(), Responses.joinError(join.memberId(), Errors.UNKNOWN_MEMBER_ID));
            return;
        }
        Empty created = Empty.created(step.now().wallMs());
        // So that the group, and the id that is given out, are known to exist from now on.
        step.record(GroupRecord.of(step.group().id(), created));
        step.moveTo(Joining.join(created, join, step));
    }

    Step sync(SyncGroupRequestData request, Call<SyncGroupResponseData> call, Moment now) {
        Step step = step(request.groupId(), now);
        switch (step.group().state()) {
            case ClassicState state -> step.moveTo(state.sync(request, call, step));
            case ConsumerGroup group -> step.reply(call, ClassicMembers.sync(request, group, step));
        }
        return step;
    }

    Step heartbeat(HeartbeatRequestData request, Call<HeartbeatResponseData> call, Moment now) {
        Step step = step(request.groupId(), now);
        Errors error = switch (step.group().state()) {
            case ClassicState state ->
                state.heartbeat(request.memberId(), request.groupInstanceId(), request.generationId(), step);
            case ConsumerGroup group -> ClassicMembers.heartbeat(request, group, step);
        };
        step.reply(call, new HeartbeatResponseData().setErrorCode(error.code()));
        return step;
    }

    Step leave(LeaveGroupRequestData request, Call<LeaveGroupResponseData> call, Moment now) {
        Step step = step(request.groupId(), now);
        switch (step.group().state()) {
            case ClassicState state -> step.moveTo(state.leave(request.members(), call, step));
            case ConsumerGroup group -> ClassicMembers.leave(request.members(), group, call, step);
        }
        return step;
    }

    Step heartbeat(ConsumerHeartbeat heartbeat, Moment now) {
        Step step = step(heartbeat.request().groupId(), now);
        Optional<Refusal> refusal = ConsumerSteps.heartbeat(heartbeat, step);
        return refusal.isEmpty() ? step : refused(heartbeat, refusal.get(), now);
    }

    /** Nothing of what was planned before the refusal is to be. */
    private Step refused(ConsumerHeartbeat heartbeat, Refusal refusal, Moment now) {
        Step step = step(heartbeat.request().groupId(), now);
        step.reply(heartbeat.call(), ConsumerHeartbeat.refused(refusal));
        return step;
    }

    Step commitOffsets(
            OffsetCommitRequestData request, short version, Call<OffsetCommitResponseData> call, Moment now) {
        Step step = step(request.groupId(), now);
        step.reply(call, OffsetSteps.commit(request, version, step));
        return step;
    }

    Step commitOffsetsInTransaction(
            TxnOffsetCommitRequestData request,
            @Nullable Verification ticket,
            Call<TxnOffsetCommitResponseData> call,
            Moment now) {
        Step step = step(request.groupId(), now);
        step.reply(call, TransactionalCommits.commit(request, ticket, step));
        return step;
    }

    Step deleteOffsets(OffsetDeleteRequestData request, Call<OffsetDeleteResponseData> call, Moment now) {
        Step step = step(request.groupId(), now);
        step.reply(call, OffsetSteps.delete(request, step));
        return step;
    }

    Step deleteGroup(String groupId, Call<DeletableGroupResult> call, Moment now) {
        Step step = step(groupId, now);
        Errors error = switch (step.group().state()) {
            case Dead dead -> Errors.GROUP_ID_NOT_FOUND;
            case Empty empty -> Errors.NONE;
            case PreparingRebalance active -> Errors.NON_EMPTY_GROUP;
            case CompletingRebalance active -> Errors.NON_EMPTY_GROUP;
            case Stable active -> Errors.NON_EMPTY_GROUP;
            case ConsumerGroup group -> group.isEmpty() ? Errors.NONE : Errors.NON_EMPTY_GROUP;
        };
        if (error == Errors.NONE) {
            OffsetSteps.deleteAll(step);
            delete(step);
        }
        step.reply(call, new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
        return step;
    }

    @Override
    public long cleanUpIntervalMs() {
        return config.offsetsRetentionCheckIntervalMs();
    }

    /** Removes offsets whose retention is over, and the group if it is empty and has none left. */
    @Override
    public Step cleanUp(String groupId, Moment now) {
        Step step = step(groupId, now);
        boolean noneLeft = OffsetSteps.expire(step);
        GroupState state = step.group().state();
        boolean isEmpty = state instanceof Empty || (state instanceof ConsumerGroup group && group.isEmpty());
        if (noneLeft && isEmpty) {
            delete(step);
        }
        return step;
    }

    /** Removes the offsets of topics that are no more. */
    Step forgetTopics(String groupId, OffsetSteps.TopicTest isGone, Moment now) {
        Step step = step(groupId, now);
        OffsetSteps.forget(isGone, step);
        return step;
    }

    /** The partition is deleted: its groups are no more, and nothing is written of that. */
    Step abandon(String groupId, Moment now) {
        Step step = step(groupId, now);
        if (step.group().state() instanceof ClassicState state) {
            state.roster().all().forEach(member -> step.dismiss(member, Errors.NOT_COORDINATOR));
        }
        step.moveTo(new Dead());
        return step;
    }

    @Override
    public Optional<Step> due(String groupId, Moment now) {
        Step step = step(groupId, now);
        Group group = step.group();
        Optional<Timer> expired = group.expiredTimer(now.monotonicMs());
        if (expired.isPresent()) {
            step.endTimer(expired.get());
            step.moveTo(group.state().expire(expired.get(), step));
            return Optional.of(step);
        }
        if (group.state() instanceof ClassicState state && state.deadlineMs() <= now.monotonicMs()) {
            step.moveTo(state.expire(step));
            return Optional.of(step);
        }
        return Optional.empty();
    }

    @Override
    public Optional<Step> notWritten(Step failed, Errors error, Moment now) {
        if (failed.group().state() instanceof CompletingRebalance state && failed.next() instanceof Stable) {
            Step step = step(failed.group().id(), now);
            step.moveTo(state.assignmentNotWritten(error, step));
            return Optional.of(step);
        }
        return Optional.empty();
    }

    @Override
    public void apply(Step step, long baseOffset) {
        Group group = step.group();
        group.moveTo(step.next());
        step.timers().forEach(group::setTimer);
        step.checkedTopicsVersion().ifPresent(group::setCheckedTopicsVersion);
        keepOrDrop(group);
        long offset = baseOffset;
        for (GroupRecord record : step.records()) {
            if (record.key() instanceof OffsetCommitKey key) {
                replay(key, (OffsetCommitValue) record.value(), offset, step.transaction());
            }
            offset++;
        }
    }

    @Override
    public void replay(LogEntry entry) {
        switch (entry) {
            case LogEntry.Written(long offset, ByteBuffer key, ByteBuffer value, TransactionalProducer transaction) ->
                GroupRecord.read(key, value).ifPresent(record -> replay(record, offset, transaction));
            case LogEntry.Marker marker -> endTransaction(marker.producer().producerId(), marker.isCommit());
        }
    }

    private void replay(GroupRecord record, long offset, @Nullable TransactionalProducer transaction) {
        switch (record.key()) {
            case OffsetCommitKey key -> replay(key, (OffsetCommitValue) record.value(), offset, transaction);
            case GroupMetadataKey key -> {
                Group group = group(key.group());
                group.moveTo(Replay.state((GroupMetadataValue) record.value()));
                keepOrDrop(group);
            }
            default -> replayConsumerGroup(record);
        }
    }

    private void replayConsumerGroup(GroupRecord record) {
        String groupId = ConsumerRecords.groupId(record);
        if (groupId == null) {
            throw new IllegalArgumentException("a record of no group: " + record.key());
        }
        Group group = group(groupId);
        if (group.state() instanceof ConsumerGroup consumers) {
            ConsumerRecords.replay(record, consumers);
            if (ConsumerRecords.isGroupTombstone(record)) {
                group.moveTo(new Dead());
            }
        } else if (record.value() != null) {
            // There was none, or one that was only there for its offsets, of which no record tells.
            var consumers = new ConsumerGroup();
            ConsumerRecords.replay(record, consumers);
            group.moveTo(consumers);
        }
        keepOrDrop(group);
    }

    private void replay(
            OffsetCommitKey key,
            @Nullable OffsetCommitValue value,
            long offset,
            @Nullable TransactionalProducer transaction) {
        Group group = group(key.group());
        if (value != null && group.state() instanceof Dead) {
            // Offsets of one who is no member: a group that was never joined comes to life by them.
            group.moveTo(Empty.created(value.commitTimestamp()));
            keepOrDrop(group);
        }
        offsets.replay(key, value, offset, transaction == null ? null : transaction.producerId());
    }

    /** The end of a producer's transaction is in the log: what it sent along is committed, or is no more. */
    void endTransaction(long producerId, boolean isCommit) {
        offsets.endTransaction(producerId, isCommit);
    }

    /** After the log has been read: every member gets the time of its session to show that it is there. */
    Step loaded(String groupId, Moment now) {
        Step step = step(groupId, now);
        switch (step.group().state()) {
            case ClassicState state -> state.roster().all().forEach(step::startSession);
            case ConsumerGroup group -> group.members().forEach(member -> ConsumerSteps.startTimers(member, step));
        }
        if (step.group().state() instanceof Stable stable && stable.roster().size() > config.maxSize()) {
            step.moveTo(stable.rebalance(stable.roster(), step));
        }
        return step;
    }

    private Step step(String groupId, Moment now) {
        return new Step(group(groupId), now, config, cluster);
    }

    private static void delete(Step step) {
        if (step.group().state() instanceof ConsumerGroup group) {
            ConsumerLeaving.delete(group, step);
        } else {
            step.record(GroupRecord.tombstone(step.group().id()));
            step.moveTo(new Dead());
        }
    }

    private void keepOrDrop(Group group) {
        if (group.state() instanceof Dead) {
            group.endAllTimers();
            groups.remove(group.id());
        } else {
            groups.put(group.id(), group);
        }
    }
}
