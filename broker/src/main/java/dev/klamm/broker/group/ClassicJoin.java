package dev.klamm.broker.group;

import dev.klamm.broker.config.MigrationPolicy;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JoinGroup to a {@link ConsumerGroup} that has members. Nobody is waited for: the member goes one step towards its target, as
 * with a heartbeat of the new protocol, and fetches what it has with SyncGroup. It is never the leader.
 */
final class ClassicJoin {
    private static final Logger LOG = LoggerFactory.getLogger(ClassicJoin.class);

    private ClassicJoin() {}

    static void join(Join join, ConsumerGroup group, Step step) {
        Errors error = objection(join, group, step);
        if (error != Errors.NONE) {
            step.reply(join.call(), Responses.joinError(join.memberId(), error));
            return;
        }
        if (join.memberId().isEmpty() && join.request().groupInstanceId() == null && join.needsMemberId()) {
            step.reply(join.call(), Responses.joinError(join.freshMemberId(), Errors.MEMBER_ID_REQUIRED));
            return;
        }
        Optional<ConsumerProtocolSubscription> wishes = wishes(join);
        if (wishes.isEmpty()) {
            step.reply(join.call(), Responses.joinError(join.memberId(), Errors.UNKNOWN_SERVER_ERROR));
            return;
        }
        var draft = new ConsumerDraft(group, step);
        switch (membership(join, draft)) {
            case Membership.Denied(Refusal refusal) ->
                step.reply(join.call(), Responses.joinError(join.memberId(), refusal.error()));
            case Membership.Confirmed(ConsumerMember member) -> join(join, member, wishes.get(), group, draft);
        }
    }

    private static Errors objection(Join join, ConsumerGroup group, Step step) {
        GroupConfig.Consumers config = step.config().consumers();
        if (config.migrationPolicy() == MigrationPolicy.DISABLED) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        if (group.size() >= config.maxSize() && !group.has(join.memberId())) {
            return Errors.GROUP_MAX_SIZE_REACHED;
        }
        boolean fits = Subscriptions.CONSUMER.equals(join.request().protocolType())
                && join.protocols().stream().anyMatch(protocol -> isSupportedByAll(protocol.name(), group));
        return fits ? Errors.NONE : Errors.INCONSISTENT_GROUP_PROTOCOL;
    }

    /** Members of the new protocol have no say: should they all go, the others need one in common. */
    private static boolean isSupportedByAll(String protocol, ConsumerGroup group) {
        return group.members().stream()
                .map(member -> member.subscription().classic())
                .filter(Objects::nonNull)
                .allMatch(classic -> classic.supportedProtocols().stream()
                        .anyMatch(supported -> supported.name().equals(protocol)));
    }

    private static Optional<ConsumerProtocolSubscription> wishes(Join join) {
        try {
            return Optional.of(
                    EmbeddedProtocol.subscription(join.protocols().getFirst().metadata()));
        } catch (RuntimeException malformed) {
            LOG.warn("{} sent a subscription that can't be read: {}", join.clientId(), malformed.toString());
            return Optional.empty();
        }
    }

    /** A static member that comes without an id takes its old place, whatever protocol it spoke there. */
    private static Membership membership(Join join, ConsumerDraft draft) {
        String instanceId = join.request().groupInstanceId();
        if (!join.memberId().isEmpty() && instanceId != null) {
            return Membership.of(join.memberId(), instanceId, draft.group(), draft.groupId());
        }
        String memberId = join.memberId().isEmpty() ? join.freshMemberId() : join.memberId();
        Optional<ConsumerMember> owner = draft.group().byInstanceId(instanceId);
        if (owner.isPresent()) {
            return new Membership.Confirmed(Membership.takeOver(owner.get(), memberId, draft));
        }
        ConsumerMember known = draft.group().member(memberId);
        return new Membership.Confirmed(known == null ? ConsumerMember.unknown(memberId) : known);
    }

    /** @param before the group without what is planned so far, which is that the member took the place of another */
    private static void join(
            Join join,
            ConsumerMember member,
            ConsumerProtocolSubscription wishes,
            ConsumerGroup before,
            ConsumerDraft draft) {
        Step step = draft.step();
        ConsumerMember updated = member.with(subscription(member.subscription(), wishes, join));
        var owned = EmbeddedProtocol.owned(wishes, step.cluster());
        boolean isResubscribed = ConsumerSteps.subscribe(member, updated, draft);
        ConsumerSteps.refreshTopics(isResubscribed, draft);
        ConsumerMember reconciled;
        if (isLastToSpeakNew(join, before, step)) {
            boolean isStale = draft.group().targetEpoch() < draft.group().epoch();
            reconciled = isStale ? updated : ConsumerSteps.reconcile(updated, owned, isResubscribed, draft);
            step.moveTo(Downgrade.convert(draft, Set.of(), isStale));
        } else {
            TargetAssignment.update(draft);
            reconciled = ConsumerSteps.reconcile(updated, owned, isResubscribed, draft);
            step.endTimer(Timer.join(member.id()));
            step.startSession(member.id(), join.request().sessionTimeoutMs());
            step.startTimer(Timer.sync(member.id()), join.request().rebalanceTimeoutMs());
            step.moveTo(draft.group());
        }
        String protocol = join.protocols().getFirst().name();
        step.reply(
                join.call(),
                Responses.joined(reconciled.id(), reconciled.epoch(), Subscriptions.CONSUMER, protocol, ""));
    }

    /** Whether it takes the place of the only member that spoke the new protocol. */
    private static boolean isLastToSpeakNew(Join join, ConsumerGroup before, Step step) {
        return before.byInstanceId(join.request().groupInstanceId())
                .filter(old -> !old.speaksClassic() && Downgrade.isDue(before, List.of(old), 1, step))
                .isPresent();
    }

    private static Subscription subscription(Subscription old, ConsumerProtocolSubscription wishes, Join join) {
        var request = join.request();
        return new Subscription(
                request.groupInstanceId() == null ? old.instanceId() : request.groupInstanceId(),
                wishes.rackId() == null || wishes.rackId().isEmpty() ? old.rackId() : wishes.rackId(),
                request.rebalanceTimeoutMs(),
                join.clientId(),
                join.clientHost(),
                new TreeSet<>(wishes.topics()),
                "",
                old.assignor(),
                Upgrade.classic(request.sessionTimeoutMs(), join.protocols()));
    }
}
