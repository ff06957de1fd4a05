package dev.klamm.broker.group;

import dev.klamm.broker.topic.Topic;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.jspecify.annotations.Nullable;

/**
 * A member on its way to its target, one heartbeat at a time: first it gives up what it is not to have any more, then it goes
 * over to the target's epoch and gets what nobody else holds, and the rest as others give it up. Others are not disturbed.
 *
 * @param member as it is after what its heartbeat says
 * @param owned what it says that it has; null if it doesn't say
 * @param isResubscribed whether it wants other topics since this heartbeat: it keeps none that it doesn't want, whatever the
 *     target says
 */
record Reconciliation(
        ConsumerGroup group,
        ConsumerMember member,
        @Nullable List<TopicPartitions> owned,
        boolean isResubscribed,
        Cluster cluster) {

    /** The same object if there is nothing to do, or nothing that can be done yet. */
    CurrentAssignment next() {
        CurrentAssignment current = member.current();
        if (!isResubscribed && current.isReconciledTo(group.targetEpoch())) {
            return current;
        }
        return switch (current.state()) {
            case STABLE -> current.epoch() != group.targetEpoch() ? towardsTarget() : withoutUnwanted();
            case UNREVOKED_PARTITIONS -> {
                if (!stillOwns(current.revoking())) {
                    yield towardsTarget();
                }
                yield isResubscribed ? withoutUnwanted() : current;
            }
            case UNRELEASED_PARTITIONS -> towardsTarget();
            // Whoever is in it was fenced before, or owns nothing: it begins anew.
            case UNKNOWN -> towardsTarget();
        };
    }

    private CurrentAssignment towardsTarget() {
        CurrentAssignment current = member.current();
        Partitions target = wantedTarget();
        Partitions kept = current.assigned().filter(target::has);
        Partitions revoking = current.assigned().filter((topicId, p) -> !target.has(topicId, p));
        if (!revoking.isEmpty() && stillOwns(revoking)) {
            return new CurrentAssignment(
                    current.epoch(), current.epoch(), CurrentAssignment.State.UNREVOKED_PARTITIONS, kept, revoking);
        }
        Partitions missing = target.filter((topicId, p) -> !kept.has(topicId, p));
        Partitions free = missing.filter(this::isFree);
        var state = free.size() < missing.size()
                ? CurrentAssignment.State.UNRELEASED_PARTITIONS
                : CurrentAssignment.State.STABLE;
        return new CurrentAssignment(group.targetEpoch(), current.epoch(), state, kept.with(free), Partitions.NONE);
    }

    /** What the member itself has just given up is free for it, should it be its own again. */
    private boolean isFree(Uuid topicId, int partition) {
        return member.current().revoking().has(topicId, partition) || !group.isHeld(topicId, partition);
    }

    private CurrentAssignment withoutUnwanted() {
        CurrentAssignment current = member.current();
        Set<Uuid> wanted = wantedTopicIds();
        Partitions kept = current.assigned().filter((topicId, p) -> wanted.contains(topicId));
        // Of a member that wants nothing at all Kafka records that its last answer can't have been lost.
        boolean wantsNothing =
                group.topicsOf(member).isEmpty() && current.revoking().isEmpty();
        if (kept.size() == current.assigned().size() && !wantsNothing) {
            return current;
        }
        Partitions unwanted = current.assigned().filter((topicId, p) -> !wanted.contains(topicId));
        Partitions revoking = current.revoking().with(unwanted);
        if (!revoking.isEmpty() && stillOwns(revoking)) {
            return new CurrentAssignment(
                    current.epoch(), current.epoch(), CurrentAssignment.State.UNREVOKED_PARTITIONS, kept, revoking);
        }
        return new CurrentAssignment(current.epoch(), current.epoch(), current.state(), kept, current.revoking());
    }

    /** A member that doesn't say what it has may have anything. */
    private boolean stillOwns(Partitions partitions) {
        return owned == null || partitions.hasAnyOf(owned);
    }

    /** A target may be older than the member's wishes: what it doesn't want any more is not its target. */
    private Partitions wantedTarget() {
        Set<Uuid> wanted = wantedTopicIds();
        return Partitions.of(group.targetOrEmpty(member.id()), group.targetEpoch())
                .filter((topicId, p) -> wanted.contains(topicId));
    }

    private Set<Uuid> wantedTopicIds() {
        return group.topicsOf(member).stream()
                .map(cluster::topic)
                .filter(topic -> topic != null)
                .map(Topic::id)
                .collect(Collectors.toUnmodifiableSet());
    }
}
