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
        } else {
            remove(Set.of(member), draft);
        }
        draft.step().moveTo(draft.group());
        draft.step()
                .reply(
                        heartbeat.call(),
                        new ConsumerGroupHeartbeatResponseData()
                                .setMemberId(request.memberId())
                                .setMemberEpoch(request.memberEpoch()));
    }

    /** Members go for good; what they had is free at once. */
    static ConsumerGroup remove(Collection<ConsumerMember> leaving, ConsumerGroup group, Step step) {
        var draft = new ConsumerDraft(group, step);
        remove(leaving, draft);
        return draft.group();
    }

    private static void remove(Collection<ConsumerMember> leaving, ConsumerDraft draft) {
        var regexes = new HashSet<String>();
        for (ConsumerMember member : leaving) {
            forget(member.id(), draft);
            regexes.add(member.subscription().regex());
        }
        regexes.forEach(regex -> RegexSubscriptions.forgetIfUnwanted(regex, draft));
        draft.nextEpoch();
    }

    /** Takes back what was recorded of a member, in the order in which Kafka wants to read it. */
    static void forget(String memberId, ConsumerDraft draft) {
        draft.step().endTimer(Timer.session(memberId));
        draft.step().endTimer(Timer.revocation(memberId));
        draft.record(ConsumerRecords.currentTombstone(draft.groupId(), memberId));
        draft.record(ConsumerRecords.targetTombstone(draft.groupId(), memberId));
        draft.record(ConsumerRecords.subscriptionTombstone(draft.groupId(), memberId));
    }

    /** The group goes, which has no members any more. */
    static void delete(ConsumerGroup group, Step step) {
        String groupId = step.group().id();
        step.record(ConsumerRecords.targetTombstone(groupId));
        group.regexes().keySet().forEach(regex -> step.record(ConsumerRecords.regexTombstone(groupId, regex)));
        step.record(ConsumerRecords.partitionMetadataTombstone(groupId));
        step.record(ConsumerRecords.groupTombstone(groupId));
        step.moveTo(new Dead());
    }
}
