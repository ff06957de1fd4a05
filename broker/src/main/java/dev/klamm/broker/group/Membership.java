package dev.klamm.broker.group;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Whether somebody may speak for a member of a {@link ConsumerGroup}. The words are Kafka's. */
sealed interface Membership {

    record Confirmed(ConsumerMember member) implements Membership {}

    record Denied(Refusal refusal) implements Membership {}

    /**
     * One that says to be a member: UNKNOWN_MEMBER_ID if there is none, FENCED_INSTANCE_ID if another one has taken over its
     * instance id.
     */
    static Membership of(String memberId, @Nullable String instanceId, ConsumerGroup group, String groupId) {
        if (instanceId != null) {
            return ofStatic(memberId, instanceId, group);
        }
        ConsumerMember member = group.member(memberId);
        return member == null
                ? denied(Errors.UNKNOWN_MEMBER_ID, "Member " + memberId + " is not a member of group " + groupId + ".")
                : new Confirmed(member);
    }

    private static Membership ofStatic(String memberId, String instanceId, ConsumerGroup group) {
        Optional<ConsumerMember> owner = group.byInstanceId(instanceId);
        if (owner.isEmpty()) {
            return denied(Errors.UNKNOWN_MEMBER_ID, "Instance id " + instanceId + " is unknown.");
        }
        String ownerId = owner.get().id();
        return ownerId.equals(memberId)
                ? new Confirmed(owner.get())
                : denied(
                        Errors.FENCED_INSTANCE_ID,
                        "Static member " + memberId + " with instance id " + instanceId + " was fenced by member "
                                + ownerId + ".");
    }

    /** The same for one that believes in an epoch: FENCED_MEMBER_EPOCH if it is not the member's. */
    static Membership of(ConsumerHeartbeat heartbeat, ConsumerGroup group) {
        var request = heartbeat.request();
        Membership membership = of(heartbeat.memberId(), request.instanceId(), group, request.groupId());
        if (!(membership instanceof Confirmed(ConsumerMember member))) {
            return membership;
        }
        int epoch = request.memberEpoch();
        if (epoch > member.epoch()) {
            return fenced("has a greater member epoch (" + epoch + ")", member);
        }
        if (epoch < member.epoch() && !missedLastAnswer(epoch, request.topicPartitions(), member)) {
            return fenced("has a smaller member epoch (" + epoch + ")", member);
        }
        return membership;
    }

    /** It doesn't know its new epoch, and has nothing that it isn't to have in it: the answer was lost. */
    private static boolean missedLastAnswer(int epoch, @Nullable List<TopicPartitions> owned, ConsumerMember member) {
        return epoch == member.current().previousEpoch()
                && owned != null
                && member.current().assigned().hasAllOf(owned);
    }

    private static Membership fenced(String fault, ConsumerMember member) {
        return denied(
                Errors.FENCED_MEMBER_EPOCH,
                "The consumer group member " + fault + " than the one known by the group coordinator (" + member.epoch()
                        + "). The member must abandon all its partitions and rejoin.");
    }

    /** One that joins: it may be known already, or take the place of a static member that is away. */
    static Membership ofJoining(ConsumerHeartbeat heartbeat, ConsumerDraft draft) {
        String memberId = heartbeat.memberId();
        String instanceId = heartbeat.request().instanceId();
        Optional<ConsumerMember> owner = draft.group().byInstanceId(instanceId);
        if (owner.isEmpty()) {
            ConsumerMember known = draft.group().member(memberId);
            return new Confirmed(known == null ? ConsumerMember.unknown(memberId) : known);
        }
        ConsumerMember old = owner.get();
        if (!old.speaksClassic() && old.epoch() != CurrentAssignment.AWAY) {
            return denied(
                    Errors.UNRELEASED_INSTANCE_ID,
                    "Static member " + memberId + " with instance id " + instanceId
                            + " cannot join the group because the instance id is owned by " + old.id() + " member.");
        }
        return new Confirmed(takeOver(old, memberId, draft));
    }

    /** What the old one had, and was to have, is the new one's. */
    static ConsumerMember takeOver(ConsumerMember old, String memberId, ConsumerDraft draft) {
        var target = draft.group().targetOrEmpty(old.id());
        var member =
                new ConsumerMember(memberId, old.subscription(), old.current().takenOver());
        ConsumerLeaving.forget(old.id(), draft);
        draft.record(ConsumerRecords.subscription(draft.groupId(), member));
        draft.record(ConsumerRecords.targetOf(draft.groupId(), memberId, target));
        draft.record(ConsumerRecords.current(draft.groupId(), member));
        return member;
    }

    private static Denied denied(Errors error, String message) {
        return new Denied(new Refusal(error, message));
    }
}
