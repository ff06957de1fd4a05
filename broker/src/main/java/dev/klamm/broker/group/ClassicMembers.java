package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.jspecify.annotations.Nullable;

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
            ClassicJoin.join(join, group, step);
        } else if (!join.memberId().isEmpty()) {
            step.reply(join.call(), Responses.joinError(join.memberId(), Errors.UNKNOWN_MEMBER_ID));
        } else {
            ConsumerLeaving.delete(group, step);
            Empty created = Empty.created(step.now().wallMs());
            step.record(GroupRecord.of(step.group().id(), created));
            step.moveTo(Joining.join(created, join, step));
        }
    }

    /** The member fetches what it has; nobody assigns it but the broker. */
    static SyncGroupResponseData sync(SyncGroupRequestData request, ConsumerGroup group, Step step) {
        return switch (Membership.of(
                request.memberId(),
                request.groupInstanceId(),
                group,
                step.group().id())) {
            case Membership.Denied(Refusal refusal) -> Responses.syncError(refusal.error());
            case Membership.Confirmed(ConsumerMember member) -> sync(request, member, group, step);
        };
    }

    private static SyncGroupResponseData sync(
            SyncGroupRequestData request, ConsumerMember member, ConsumerGroup group, Step step) {
        ClassicMemberMetadata classic = member.subscription().classic();
        if (classic == null) {
            return Responses.syncError(Errors.UNKNOWN_MEMBER_ID);
        }
        if (request.generationId() != member.epoch()) {
            return Responses.syncError(Errors.ILLEGAL_GENERATION);
        }
        Member.Protocol protocol = Upgrade.protocols(classic).getFirst();
        if (isOther(request.protocolType(), Subscriptions.CONSUMER)
                || isOther(request.protocolName(), protocol.name())) {
            return Responses.syncError(Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        boolean isRevoking = member.current().state() == CurrentAssignment.State.UNREVOKED_PARTITIONS;
        if (group.targetEpoch() > member.epoch() && !isRevoking) {
            expectToJoin(member, step);
            return Responses.syncError(Errors.REBALANCE_IN_PROGRESS);
        }
        step.endTimer(Timer.sync(member.id()));
        step.startSession(member.id(), classic.sessionTimeoutMs());
        short version = EmbeddedProtocol.version(protocol.metadata());
        Bytes assignment =
                EmbeddedProtocol.assignment(member.current().assigned().numbers(), version, step.cluster());
        return new SyncGroupResponseData()
                .setProtocolType(request.protocolType())
                .setProtocolName(request.protocolName())
                .setAssignment(assignment.get());
    }

    /** Null means that the client didn't say. */
    private static boolean isOther(@Nullable String said, String is) {
        return said != null && !said.equals(is);
    }

    /** REBALANCE_IN_PROGRESS whenever the member would get something else, or is to give something up, if it joined again. */
    static Errors heartbeat(HeartbeatRequestData request, ConsumerGroup group, Step step) {
        return switch (Membership.of(
                request.memberId(),
                request.groupInstanceId(),
                group,
                step.group().id())) {
            case Membership.Denied(Refusal refusal) -> refusal.error();
            case Membership.Confirmed(ConsumerMember member) -> heartbeat(request, member, group, step);
        };
    }

    private static Errors heartbeat(
            HeartbeatRequestData request, ConsumerMember member, ConsumerGroup group, Step step) {
        ClassicMemberMetadata classic = member.subscription().classic();
        if (classic == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (request.generationId() != member.epoch()) {
            return Errors.ILLEGAL_GENERATION;
        }
        step.startSession(member.id(), classic.sessionTimeoutMs());
        boolean hasToJoin = switch (member.current().state()) {
            case UNREVOKED_PARTITIONS -> true;
            case UNRELEASED_PARTITIONS -> !group.waitsForOthers(member);
            case STABLE, UNKNOWN -> false;
        };
        if (hasToJoin || member.epoch() < group.targetEpoch()) {
            expectToJoin(member, step);
            return Errors.REBALANCE_IN_PROGRESS;
        }
        return Errors.NONE;
    }

    /** The time runs from the first time that it hears of it. */
    private static void expectToJoin(ConsumerMember member, Step step) {
        Timer timer = Timer.join(member.id());
        if (!step.group().isRunning(timer)) {
            step.startTimer(timer, member.subscription().rebalanceTimeoutMs());
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
