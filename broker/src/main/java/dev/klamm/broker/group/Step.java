package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.CoordinatorStep;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.TransactionalProducer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private GroupState next;
    private @Nullable TransactionalProducer transaction;
    private final List<GroupRecord> records = new ArrayList<>();
    private final List<Reply<?>> replies = new ArrayList<>();
    // Member id -> when its session ends, in monotonic ms; Group.NEVER if it has none any more.
    private final Map<String, Long> sessions = new LinkedHashMap<>();

    Step(Group group, Moment now, GroupConfig config) {
        this.group = group;
        this.now = now;
        this.config = config;
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

    /** The records belong to this producer's transaction. */
    void inTransaction(long producerId, short producerEpoch) {
        transaction = new TransactionalProducer(producerId, producerEpoch);
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

    Map<String, Long> sessions() {
        return sessions;
    }

    /** The member is to be heard of within this time. */
    void startSession(String memberId, long timeoutMs) {
        sessions.put(memberId, now.monotonicMs() + timeoutMs);
    }

    void startSession(Member member) {
        startSession(member.id(), member.sessionTimeoutMs());
    }

    void endSession(String memberId) {
        sessions.put(memberId, Group.NEVER);
    }

    long deadlineIn(long ms) {
        return now.monotonicMs() + ms;
    }

    /** The earliest moment, in monotonic ms, at which the group has to be looked at because of this step. */
    @Override
    public long earliestDeadlineMs() {
        long sessionEnd =
                sessions.values().stream().mapToLong(Long::longValue).min().orElse(Group.NEVER);
        return Math.min(sessionEnd, next.deadlineMs());
    }

    @Override
    public String subject() {
        return "group " + group.id();
    }

    @Override
    public @Nullable String remark() {
        List<String> out = group.state().roster().ids().stream()
                .filter(memberId -> !next.roster().has(memberId))
                .toList();
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
