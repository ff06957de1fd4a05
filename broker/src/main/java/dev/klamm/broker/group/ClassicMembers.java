package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.Errors;

/** Where the two protocols meet: requests of the classic one to a {@link ConsumerGroup}, and groups that change their kind. */
final class ClassicMembers {

    private ClassicMembers() {}

    /** A classic group that has no members becomes one of the new protocol by the first one that comes. */
    static void forget(Empty empty, Step step) {
        empty.roster().pending().forEach(step::endSession);
        step.record(GroupRecord.tombstone(step.group().id()));
    }

    /** A group of the new protocol that has no members becomes a classic one by the first one that comes. */
    static void join(Join join, ConsumerGroup group, Step step) {
        if (!group.isEmpty()) {
            step.reply(join.call(), Responses.joinError("", Errors.INCONSISTENT_GROUP_PROTOCOL));
        } else if (!join.memberId().isEmpty()) {
            step.reply(join.call(), Responses.joinError(join.memberId(), Errors.UNKNOWN_MEMBER_ID));
        } else {
            ConsumerLeaving.delete(group, step);
            Empty created = Empty.created(step.now().wallMs());
            step.record(GroupRecord.of(step.group().id(), created));
            step.moveTo(Joining.join(created, join, step));
        }
    }

    /** Members leave, or are thrown out by their instance ids: LeaveGroup is what admin clients have for both protocols. */
    static void leave(List<MemberIdentity> leaving, ConsumerGroup group, Call<LeaveGroupResponseData> call, Step step) {
        Set<ConsumerMember> out = new LinkedHashSet<>();
        var responses = new ArrayList<MemberResponse>(leaving.size());
        for (MemberIdentity identity : leaving) {
            Membership membership = membership(identity, group, step);
            Errors error = Errors.NONE;
            switch (membership) {
                case Membership.Confirmed(ConsumerMember member) -> out.add(member);
                case Membership.Denied(Refusal refusal) -> error = refusal.error();
            }
            responses.add(Responses.left(identity, error));
        }
        if (!out.isEmpty()) {
            step.moveTo(ConsumerLeaving.remove(out, group, step));
        }
        step.reply(call, new LeaveGroupResponseData().setMembers(responses));
    }

    private static Membership membership(MemberIdentity identity, ConsumerGroup group, Step step) {
        String memberId = identity.memberId();
        if (memberId.isEmpty() && identity.groupInstanceId() != null) {
            memberId = group.byInstanceId(identity.groupInstanceId())
                    .map(ConsumerMember::id)
                    .orElse("");
        }
        return Membership.of(
                memberId, identity.groupInstanceId(), group, step.group().id());
    }
}
