package dev.klamm.broker.group;

import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;

/** How members of a {@link ConsumerGroup} go. */
final class ConsumerLeaving {

    private ConsumerLeaving() {}

    /** A member says that it goes: for good, or, being static, for a while, in which its place is kept. */
    static Optional<Refusal> leave(ConsumerGroup group, ConsumerHeartbeat heartbeat, Step step) {
        ConsumerGroupHeartbeatRequestData request = heartbeat.request();
        return switch (Membership.of(request.memberId(), request.instanceId(), group, request.groupId())) {
            case Membership.Denied denied -> Optional.of(denied.refusal());
            case Membership.Confirmed confirmed -> {
                leave(confirmed.member(), heartbeat, new ConsumerDraft(group, step));
                yield Optional.empty();
            }
        };
    }

    private static void leave(ConsumerMember member, ConsumerHeartbeat heartbeat, ConsumerDraft draft) {
        ConsumerGroupHeartbeatRequestData request = heartbeat.request();
        if (request.memberEpoch() == CurrentAssignment.AWAY && request.instanceId() != null) {
            ConsumerMember away = member.with(member.current().away());
            draft.record(ConsumerRecords.current(draft.groupId(), away));
            // It has given up what it was to give up; now its session decides.
            draft.step().endTimer(Timer.revocation(member.id()));
            draft.step().moveTo(draft.group());
        } else {
            draft.step().moveTo(remove(Set.of(member), draft));
        }
        draft.step()
                .reply(
                        heartbeat.call(),
                        new ConsumerGroupHeartbeatResponseData()
                                .setMemberId(request.memberId())
                                .setMemberEpoch(request.memberEpoch()));
    }

    /** Members go for good; what they had is free at once. If those who stay all speak the classic protocol, so does the group. */
    static GroupState remove(Collection<ConsumerMember> leaving, ConsumerGroup group, Step step) {
        return remove(leaving, new ConsumerDraft(group, step));
    }

    private static GroupState remove(Collection<ConsumerMember> leaving, ConsumerDraft draft) {
        if (Downgrade.isDue(draft.group(), leaving, 0, draft.step())) {
            return Downgrade.convert(draft, leaving, true);
        }
        var regexes = new HashSet<String>();
        for (ConsumerMember member : leaving) {
            forget(member.id(), draft);
            regexes.add(member.subscription().regex());
        }
        regexes.forEach(regex -> RegexSubscriptions.forgetIfUnwanted(regex, draft));
        draft.nextEpoch();
        return draft.group();
    }

    /** Takes back what was recorded of a member, in the order in which Kafka wants to read it. */
    static void forget(String memberId, ConsumerDraft draft) {
        Timer.allOf(memberId).forEach(draft.step()::endTimer);
        draft.record(ConsumerRecords.currentTombstone(draft.groupId(), memberId));
        draft.record(ConsumerRecords.targetTombstone(draft.groupId(), memberId));
        draft.record(ConsumerRecords.subscriptionTombstone(draft.groupId(), memberId));
    }

    /** Takes back all that was recorded of the group and of members that it may still have, in Kafka's order. */
    static void delete(ConsumerGroup group, Step step) {
        String groupId = step.group().id();
        Collection<String> members = group.memberIds();
        members.forEach(member -> step.record(ConsumerRecords.currentTombstone(groupId, member)));
        members.forEach(member -> step.record(ConsumerRecords.targetTombstone(groupId, member)));
        step.record(ConsumerRecords.targetTombstone(groupId));
        members.forEach(member -> step.record(ConsumerRecords.subscriptionTombstone(groupId, member)));
        group.regexes().keySet().forEach(regex -> step.record(ConsumerRecords.regexTombstone(groupId, regex)));
        step.record(ConsumerRecords.partitionMetadataTombstone(groupId));
        step.record(ConsumerRecords.groupTombstone(groupId));
        step.moveTo(new Dead());
    }
}
