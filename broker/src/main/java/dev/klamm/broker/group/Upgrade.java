package dev.klamm.broker.group;

import dev.klamm.broker.config.MigrationPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A classic group with members becomes a {@link ConsumerGroup} when the first member of the new protocol comes (KIP-848). Its
 * members stay, with what they have, and go on speaking the classic protocol; the generation goes on as the group's epoch.
 */
final class Upgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    private Upgrade() {}

    /** GROUP_ID_NOT_FOUND, in Kafka's words, if it can't be. */
    static Optional<Refusal> objection(ClassicState state, Step step) {
        String groupId = step.group().id();
        String reason = reason(state, step);
        return reason == null
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Errors.GROUP_ID_NOT_FOUND,
                        "Cannot upgrade classic group " + groupId + " to consumer group because " + reason));
    }

    private static @Nullable String reason(ClassicState state, Step step) {
        GroupConfig.Consumers config = step.config().consumers();
        MigrationPolicy policy = config.migrationPolicy();
        if (!policy.mayUpgrade()) {
            return "online upgrade is disabled.";
        }
        if (!Subscriptions.CONSUMER.equals(state.protocolType())) {
            return "the group does not use the consumer embedded protocol.";
        }
        if (state.roster().size() > config.maxSize()) {
            return "the group size exceeds the consumer group maximum size.";
        }
        try {
            return state.roster().all().stream().anyMatch(Upgrade::hasAssignorOfItsOwn)
                    ? "an unsupported custom assignor is in use. Please refer to the documentation or switch to a"
                            + " default assignor before re-attempting the upgrade."
                    : null;
        } catch (RuntimeException malformed) {
            LOG.warn(
                    "A member of group {} doesn't speak as consumers do: {}",
                    step.group().id(),
                    malformed.toString());
            return "the embedded consumer protocol is malformed.";
        }
    }

    /** Only an assignor that is not Kafka's leaves data with assignments, which would be lost. Reads all that is to be read. */
    private static boolean hasAssignorOfItsOwn(Member member) {
        subscription(member);
        ConsumerProtocolAssignment assignment = EmbeddedProtocol.assignment(member.assignment());
        return assignment.userData() != null && assignment.userData().hasRemaining();
    }

    /** Which of the protocols doesn't matter: a consumer says the same of its subscription to all of its assignors. */
    private static ConsumerProtocolSubscription subscription(Member member) {
        return EmbeddedProtocol.subscription(member.protocols().getFirst().metadata());
    }

    /**
     * The records are planned in Kafka's order. Who waits for a rebalance hears that there is another one.
     *
     * @param state to which there is no {@link #objection}
     */
    static ConsumerDraft convert(ClassicState state, Step step) {
        state.roster().pending().forEach(step::endSession);
        state.roster().all().forEach(member -> step.dismiss(member, Errors.REBALANCE_IN_PROGRESS));
        step.record(GroupRecord.tombstone(step.group().id()));

        var draft = new ConsumerDraft(new ConsumerGroup(), step);
        int epoch = state.generation();
        var members = state.roster().all().stream()
                .map(member -> converted(member, epoch, step))
                .toList();
        String groupId = draft.groupId();
        members.forEach(member -> draft.record(ConsumerRecords.subscription(groupId, member)));
        long hash = TopicHash.of(draft.group().subscribedTopics(), step.cluster());
        draft.record(ConsumerRecords.group(groupId, epoch, hash));
        members.forEach(member -> draft.record(ConsumerRecords.targetOf(
                groupId, member.id(), member.current().assigned().numbers())));
        draft.record(ConsumerRecords.target(groupId, epoch, 0));
        members.forEach(member -> draft.record(ConsumerRecords.current(groupId, member)));
        state.roster().all().forEach(step::startSession);
        return draft;
    }

    private static ConsumerMember converted(Member member, int epoch, Step step) {
        ConsumerProtocolSubscription subscription = subscription(member);
        var partitions = EmbeddedProtocol.partitions(EmbeddedProtocol.assignment(member.assignment()), step.cluster());
        return new ConsumerMember(
                member.id(),
                new Subscription(
                        member.instanceId(),
                        subscription.rackId(),
                        member.rebalanceTimeoutMs(),
                        member.clientId(),
                        member.clientHost(),
                        new TreeSet<>(subscription.topics()),
                        "",
                        null,
                        classic(member.sessionTimeoutMs(), member.protocols())),
                new CurrentAssignment(
                        epoch,
                        epoch,
                        CurrentAssignment.State.STABLE,
                        Partitions.of(partitions, epoch),
                        Partitions.NONE));
    }

    /** What has to be known of a member to answer it in the classic protocol. */
    static ClassicMemberMetadata classic(int sessionTimeoutMs, List<Member.Protocol> protocols) {
        var supported = new ArrayList<ClassicProtocol>();
        protocols.forEach(protocol -> supported.add(new ClassicProtocol()
                .setName(protocol.name())
                .setMetadata(protocol.metadata().get())));
        return new ClassicMemberMetadata().setSessionTimeoutMs(sessionTimeoutMs).setSupportedProtocols(supported);
    }

    /** And back. */
    static List<Member.Protocol> protocols(ClassicMemberMetadata classic) {
        return classic.supportedProtocols().stream()
                .map(protocol -> new Member.Protocol(protocol.name(), Bytes.wrap(protocol.metadata())))
                .toList();
    }
}
