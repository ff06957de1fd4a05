package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.CoordinatorStep;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.TransactionalProducer;
import dev.klamm.log.Verification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;

/**
 * One step of one group, as data: given a moment and the settings, it collects what follows from a request or from the
 * passing of time. Nothing has happened until the records are in the log and {@link Groups#apply} has been called.
 */
final class Step implements CoordinatorStep {
    private final Group group;
    private final Moment now;
    private final GroupConfig config;
    private final Cluster cluster;
    private GroupState next;
    private @Nullable TransactionalProducer transaction;
    private @Nullable Verification verification;
    private final List<GroupRecord> records = new ArrayList<>();
    private final List<Reply<?>> replies = new ArrayList<>();
    // When it runs out, in monotonic ms; Group.NEVER if it runs no more.
    private final Map<Timer, Long> timers = new LinkedHashMap<>();
    private OptionalLong checkedTopicsVersion = OptionalLong.empty();

    Step(Group group, Moment now, GroupConfig config, Cluster cluster) {
        this.group = group;
        this.now = now;
        this.config = config;
        this.cluster = cluster;
        this.next = group.state();
    }

    Group group() {
        return group;
    }

    Moment now() {
        return now;
    }

    GroupConfig config() {
        return config;
    }

    Cluster cluster() {
        return cluster;
    }

    /** The group's state after the step. */
    GroupState next() {
        return next;
    }

    void moveTo(GroupState state) {
        next = state;
    }

    /** To be appended to the group's log, in this order, before anything else becomes true. */
    @Override
    public List<GroupRecord> records() {
        return records;
    }

    void record(GroupRecord record) {
        records.add(record);
    }

    /**
     * The records belong to this producer's transaction.
     *
     * @param ticket to begin it with in this log; null if it is open there
     */
    void inTransaction(TransactionalProducer producer, @Nullable Verification ticket) {
        transaction = producer;
        verification = ticket;
    }

    @Override
    public @Nullable Verification verification() {
        return verification;
    }

    @Override
    public @Nullable TransactionalProducer transaction() {
        return transaction;
    }

    /** To be delivered once the records are in the log, and sent once they are on disk. */
    @Override
    public List<Reply<?>> replies() {
        return replies;
    }

    <R extends Message> void reply(Call<R> call, R response) {
        replies.add(new Reply<>(call, response));
    }

    Map<Timer, Long> timers() {
        return timers;
    }

    void startTimer(Timer timer, long timeoutMs) {
        timers.put(timer, deadlineIn(timeoutMs));
    }

    void endTimer(Timer timer) {
        timers.put(timer, Group.NEVER);
    }

    /** The member is to be heard of within this time. */
    void startSession(String memberId, long timeoutMs) {
        startTimer(Timer.session(memberId), timeoutMs);
    }

    void startSession(Member member) {
        startSession(member.id(), member.sessionTimeoutMs());
    }

    void endSession(String memberId) {
        endTimer(Timer.session(memberId));
    }

    /** {@link Cluster#topicsVersion} of a look at whether the topics that a consumer group wants have changed. */
    OptionalLong checkedTopicsVersion() {
        return checkedTopicsVersion;
    }

    void setCheckedTopicsVersion(long version) {
        checkedTopicsVersion = OptionalLong.of(version);
    }

    long deadlineIn(long ms) {
        return now.monotonicMs() + ms;
    }

    /** The earliest moment, in monotonic ms, at which the group has to be looked at because of this step. */
    @Override
    public long earliestDeadlineMs() {
        long timerEnd =
                timers.values().stream().mapToLong(Long::longValue).min().orElse(Group.NEVER);
        return Math.min(timerEnd, next.deadlineMs());
    }

    @Override
    public String subject() {
        return "group " + group.id();
    }

    @Override
    public @Nullable String remark() {
        var out = new ArrayList<>(group.state().memberIds());
        out.removeAll(next.memberIds());
        return out.isEmpty()
                ? null
                : "Group " + group.id() + " goes on without " + out + ": nothing was heard of them in time";
    }

    /**
     * Responses whatever requests of a member wait, because it is no longer there, or another request of it has come in
     * their place. Differs from Kafka: which leaves some of them without any answer; here each of them is a thread.
     */
    void dismiss(Member member, Errors error) {
        if (member.joining() != null) {
            String memberId = error == Errors.UNKNOWN_MEMBER_ID ? "" : member.id();
            reply(
                    member.joining(),
                    new JoinGroupResponseData()
                            .setMemberId(memberId)
                            .setProtocolName(null)
                            .setErrorCode(error.code()));
        }
        if (member.syncing() != null) {
            reply(member.syncing(), Responses.syncError(error));
        }
    }
}
