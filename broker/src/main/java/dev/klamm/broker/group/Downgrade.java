package dev.klamm.broker.group;

import java.util.Collection;
import java.util.Objects;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link ConsumerGroup} becomes a classic one when the last member of the new protocol goes and others stay (KIP-848). The
 * group's epoch goes on as the generation; each member has what it was to have.
 */
final class Downgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Downgrade.class);

    private Downgrade() {}

    /**
     * Whether the group is to become a classic one.
     *
     * @param leaving members that go
     * @param joining how many come, who speak the classic protocol
     */
    static boolean isDue(ConsumerGroup group, Collection<ConsumerMember> leaving, int joining, Step step) {
        boolean allSpeakClassic = group.members().stream()
                .filter(member -> !leaving.contains(member))
                .allMatch(ConsumerMember::speaksClassic);
        int size = group.size() - leaving.size() + joining;
        if (!allSpeakClassic || size == 0) {
            return false;
        }
        String fault = null;
        if (!step.config().consumers().migrationPolicy().mayDowngrade()) {
            fault = "online downgrade is disabled";
        } else if (size > step.config().maxSize()) {
            fault = "it has more members than group.max.size";
        }
        if (fault != null) {
            LOG.info(
                    "Group {} stays one of the consumer protocol: {}",
                    step.group().id(),
                    fault);
        }
        return fault == null;
    }

    /**
     * @param leaving members that go; the others speak the classic protocol
     * @param rebalance whether members are to join again: what they were to have is out of date
     */
    static ClassicState convert(ConsumerDraft draft, Collection<ConsumerMember> leaving, boolean rebalance) {
        Step step = draft.step();
        ConsumerGroup group = draft.group();
        Roster roster = Roster.NOBODY;
        for (ConsumerMember member : group.members()) {
            Timer.allOf(member.id()).forEach(step::endTimer);
            if (!leaving.contains(member)) {
                roster = roster.add(converted(member, group, step));
            }
        }
        ConsumerLeaving.delete(group, step);
        String protocol = roster.selectProtocol();
        long nowMs = step.now().wallMs();
        step.record(GroupRecord.of(step.group().id(), group.epoch(), Subscriptions.CONSUMER, protocol, roster, nowMs));
        roster.all().forEach(step::startSession);
        Stable stable = Stable.replayed(group.epoch(), Subscriptions.CONSUMER, protocol, roster, nowMs);
        return rebalance ? stable.rebalance(roster, step) : stable;
    }

    private static Member converted(ConsumerMember member, ConsumerGroup group, Step step) {
        Subscription subscription = member.subscription();
        ClassicMemberMetadata classic = Objects.requireNonNull(subscription.classic());
        var protocols = Upgrade.protocols(classic);
        short version = EmbeddedProtocol.version(protocols.getFirst().metadata());
        return new Member(
                member.id(),
                subscription.instanceId(),
                subscription.clientId(),
                subscription.clientHost(),
                subscription.rebalanceTimeoutMs(),
                classic.sessionTimeoutMs(),
                Subscriptions.CONSUMER,
                protocols,
                EmbeddedProtocol.assignment(group.targetOrEmpty(member.id()), version, step.cluster()),
                false,
                null,
                null);
    }
}
