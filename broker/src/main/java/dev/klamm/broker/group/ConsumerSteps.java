package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.jspecify.annotations.Nullable;

/**
 * What follows from a ConsumerGroupHeartbeat: the member is let in or updated, the group goes on to its next epoch if members
 * or topics have changed, the target is brought up to that, and the member goes one step towards its target.
 */
final class ConsumerSteps {

    private ConsumerSteps() {}

    /** Plans the step, reply included; if the request is refused, the step is not to be taken. */
    static Optional<Refusal> heartbeat(ConsumerHeartbeat heartbeat, Step step) {
        GroupState state = step.group().state();
        if (state instanceof ConsumerGroup group) {
            return heartbeat.isLeaving()
                    ? ConsumerLeaving.leave(group, heartbeat, step)
                    : heartbeat(heartbeat, new ConsumerDraft(group, step));
        }
        if (!heartbeat.isJoining()) {
            return Optional.of(notFound(heartbeat, state));
        }
        return switch (state) {
            case Dead dead -> heartbeat(heartbeat, new ConsumerDraft(new ConsumerGroup(), step));
            case Empty empty -> {
                ClassicMembers.forget(empty, step);
                yield heartbeat(heartbeat, new ConsumerDraft(new ConsumerGroup(), step));
            }
            case ClassicState classic -> {
                Optional<Refusal> objection = Upgrade.objection(classic, step);
                yield objection.isPresent() ? objection : heartbeat(heartbeat, Upgrade.convert(classic, step));
            }
            case ConsumerGroup group -> throw new IllegalStateException("a consumer group was served above");
        };
    }

    private static Refusal notFound(ConsumerHeartbeat heartbeat, GroupState state) {
        String groupId = heartbeat.request().groupId();
        String message = switch (state) {
            case Dead dead when heartbeat.isLeaving() -> "Group " + groupId + " not found.";
            case Dead dead -> "Consumer group " + groupId + " not found.";
            default -> "Group " + groupId + " is not a consumer group.";
        };
        return new Refusal(Errors.GROUP_ID_NOT_FOUND, message);
    }

    private static Optional<Refusal> heartbeat(ConsumerHeartbeat heartbeat, ConsumerDraft draft) {
        int maxSize = draft.step().config().consumers().maxSize();
        if (draft.group().size() >= maxSize
                && !draft.group().has(heartbeat.request().memberId())) {
            return Optional.of(new Refusal(
                    Errors.GROUP_MAX_SIZE_REACHED,
                    "The consumer group has reached its maximum capacity of " + maxSize + " members."));
        }
        Membership membership = heartbeat.isJoining()
                ? Membership.ofJoining(heartbeat, draft)
                : Membership.of(heartbeat, draft.group());
        return switch (membership) {
            case Membership.Denied denied -> Optional.of(denied.refusal());
            case Membership.Confirmed confirmed -> heartbeat(heartbeat, confirmed.member(), draft);
        };
    }

    private static Optional<Refusal> heartbeat(
            ConsumerHeartbeat heartbeat, ConsumerMember member, ConsumerDraft draft) {
        ConsumerGroupHeartbeatRequestData request = heartbeat.request();
        boolean mayOwnAnything =
                request.topicPartitions() == null || !request.topicPartitions().isEmpty();
        if (member.current().state() == CurrentAssignment.State.UNKNOWN && mayOwnAnything) {
            return Optional.of(new Refusal(
                    Errors.FENCED_MEMBER_EPOCH,
                    "The consumer group member is in a unknown state. The member must abandon all its partitions and"
                            + " rejoin."));
        }
        ConsumerMember updated =
                member.with(member.subscription().updatedBy(request, heartbeat.clientId(), heartbeat.clientHost()));
        Optional<Refusal> refusal =
                RegexSubscriptions.check(updated.subscription().regex(), draft.group());
        if (refusal.isPresent()) {
            return refusal;
        }
        boolean isResubscribed = subscribe(member, updated, draft);
        refreshTopics(isResubscribed, draft);
        TargetAssignment.update(draft);
        ConsumerMember reconciled = reconcile(updated, request.topicPartitions(), isResubscribed, draft);

        Step step = draft.step();
        step.startSession(member.id(), step.cluster().settings(draft.groupId()).sessionTimeoutMs());
        step.moveTo(draft.group());
        step.reply(heartbeat.call(), response(heartbeat, member, reconciled, step));
        return Optional.empty();
    }

    /** Records what has changed in what the member tells; true if it wants other topics now. */
    static boolean subscribe(ConsumerMember member, ConsumerMember updated, ConsumerDraft draft) {
        if (!draft.group().has(updated.id()) || !updated.subscription().equals(member.subscription())) {
            draft.record(ConsumerRecords.subscription(draft.groupId(), updated));
        }
        boolean hasOtherRegex = RegexSubscriptions.update(
                member.subscription().regex(), updated.subscription().regex(), draft);
        return hasOtherRegex
                || !updated.subscription().topics().equals(member.subscription().topics());
    }

    /** The next epoch, if members want other topics, or the topics that they want are not what they were. */
    static void refreshTopics(boolean isResubscribed, ConsumerDraft draft) {
        Step step = draft.step();
        long version = step.cluster().topicsVersion();
        boolean hasOtherTopics = RegexSubscriptions.refresh(draft) || isResubscribed;
        if (!hasOtherTopics && step.group().checkedTopicsVersion() == version) {
            return;
        }
        ConsumerGroup group = draft.group();
        if (hasOtherTopics || TopicHash.of(group.subscribedTopics(), step.cluster()) != group.metadataHash()) {
            draft.nextEpoch();
        }
        if (group.hasPartitionMetadata()) {
            draft.record(ConsumerRecords.partitionMetadataTombstone(draft.groupId()));
        }
        step.setCheckedTopicsVersion(version);
    }

    /**
     * The member goes one step towards its target.
     *
     * @param owned what it says that it has; null if it doesn't say
     */
    static ConsumerMember reconcile(
            ConsumerMember member,
            @Nullable List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned,
            boolean isResubscribed,
            ConsumerDraft draft) {
        Step step = draft.step();
        var reconciliation = new Reconciliation(draft.group(), member, owned, isResubscribed, step.cluster());
        ConsumerMember reconciled = member.with(reconciliation.next());
        if (reconciled.equals(member)) {
            return member;
        }
        draft.record(ConsumerRecords.current(draft.groupId(), reconciled));
        if (reconciled.speaksClassic()) {
            return reconciled; // It has to join again in time, which comes to the same.
        }
        if (reconciled.current().state() == CurrentAssignment.State.UNREVOKED_PARTITIONS) {
            step.startTimer(Timer.revocation(member.id()), member.subscription().rebalanceTimeoutMs());
        } else {
            step.endTimer(Timer.revocation(member.id()));
        }
        return reconciled;
    }

    /** After the broker has started: nobody is to be out because of that. */
    static void startTimers(ConsumerMember member, Step step) {
        ClassicMemberMetadata classic = member.subscription().classic();
        if (classic != null) {
            step.startSession(member.id(), classic.sessionTimeoutMs());
            return;
        }
        int sessionTimeoutMs = step.cluster().settings(step.group().id()).sessionTimeoutMs();
        step.startSession(member.id(), sessionTimeoutMs);
        if (member.current().state() == CurrentAssignment.State.UNREVOKED_PARTITIONS) {
            step.startTimer(Timer.revocation(member.id()), member.subscription().rebalanceTimeoutMs());
        }
    }

    /** The assignment is told when it changes, and when the member may not know it. */
    private static ConsumerGroupHeartbeatResponseData response(
            ConsumerHeartbeat heartbeat, ConsumerMember before, ConsumerMember after, Step step) {
        var response = new ConsumerGroupHeartbeatResponseData()
                .setMemberId(after.id())
                .setMemberEpoch(after.epoch())
                .setHeartbeatIntervalMs(
                        step.cluster().settings(step.group().id()).heartbeatIntervalMs());
        boolean hasChanged = !before.current().assigned().equals(after.current().assigned());
        if (heartbeat.isJoining() || heartbeat.isFull() || hasChanged) {
            response.setAssignment(
                    new Assignment().setTopicPartitions(topics(after.current().assigned())));
        }
        return response;
    }

    private static List<TopicPartitions> topics(Partitions assigned) {
        var topics = new ArrayList<TopicPartitions>();
        assigned.epochs()
                .forEach((topicId, partitions) -> topics.add(
                        new TopicPartitions().setTopicId(topicId).setPartitions(List.copyOf(partitions.keySet()))));
        return topics;
    }
}
