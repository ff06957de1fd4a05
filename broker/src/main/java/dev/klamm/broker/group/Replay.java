package dev.klamm.broker.group;

import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.jspecify.annotations.Nullable;

/** From a group's record back to its state. Only the end of a rebalance is recorded, so it is one of rest. */
final class Replay {
    private static final int SAME_AS_SESSION_TIMEOUT = -1;

    private Replay() {}

    static ClassicState state(@Nullable GroupMetadataValue value) {
        if (value == null) {
            return new Dead();
        }
        if (value.members().isEmpty()) {
            String type = value.protocolType().isEmpty() ? null : value.protocolType();
            return new Empty(value.generation(), type, Roster.NOBODY, value.currentStateTimestamp());
        }
        return Stable.replayed(
                value.generation(),
                value.protocolType(),
                value.protocol() == null ? "" : value.protocol(),
                roster(value),
                value.currentStateTimestamp());
    }

    private static Roster roster(GroupMetadataValue value) {
        Roster roster = Roster.NOBODY;
        for (MemberMetadata member : value.members()) {
            roster = roster.add(member(member, value));
        }
        return new Roster(value.leader(), roster.members(), roster.pending());
    }

    private static Member member(MemberMetadata member, GroupMetadataValue value) {
        int rebalanceTimeoutMs = member.rebalanceTimeout() == SAME_AS_SESSION_TIMEOUT
                ? member.sessionTimeout()
                : member.rebalanceTimeout();
        var selected = new Member.Protocol(
                value.protocol() == null ? "" : value.protocol(), Bytes.wrap(member.subscription()));
        return new Member(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.clientHost(),
                rebalanceTimeoutMs,
                member.sessionTimeout(),
                value.protocolType(),
                List.of(selected),
                Bytes.wrap(member.assignment()),
                false,
                null,
                null);
    }
}
