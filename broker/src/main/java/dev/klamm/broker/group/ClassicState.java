package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The state of a classic group. Each state is a record of what that state alone needs to know, and each transition a
 * method of the state that it leaves; it returns the next state and puts what follows from it into the {@link Step}.
 *
 * <pre>
 *   Dead ──── first JoinGroup, or an offset committed by nobody's member
 *    │ ▲
 *    ▼ │ DeleteGroups, or its last offset expires
 *   Empty ──── a member joins ───────────────┐
 *    ▲                                       ▼
 *    └──── nobody is left ───── PreparingRebalance ◄──────────────────────────────────────────┐
 *                                            │ all have joined, or the time for it is over    │
 *                                            │ (generation + 1)                               │
 *                                            ▼                                                │
 *                                 CompletingRebalance ──── one joins, leaves, dies, or does ──┤
 *                                            │             not sync in time                   │
 *                                            │ the leader has sent the assignment             │
 *                                            ▼                                                │
 *                                         Stable ──── the same, or the leader joins again ────┘
 * </pre>
 *
 * Source: Kafka's classic protocol as its group coordinator 4.3 speaks it; KIP-345 (static members), KIP-394 (ids before
 * joining), KIP-800 (reasons), KIP-814 (static leaders).
 */
sealed interface ClassicState extends GroupState permits Dead, Empty, PreparingRebalance, CompletingRebalance, Stable {

    /** The group's generation: goes up by one with each rebalance that comes to an end, 0 before the first. */
    int generation();

    Roster roster();

    @Override
    default List<String> memberIds() {
        return roster().ids();
    }

    /** The same state with other people. */
    ClassicState with(Roster roster);

    /** {@link #deadlineMs} has passed. */
    default ClassicState expire(Step step) {
        return this;
    }

    /** Whether there is room for this member ({@code group.max.size}); {@code memberId} is empty for a new one. */
    boolean hasRoomFor(String memberId, Step step);

    /** Whether the group can go on with a member of this type and one of these protocols. */
    default boolean supports(String type, List<Member.Protocol> protocols) {
        return type.equals(protocolType()) && roster().supportsOneOf(protocols);
    }

    /** A new member comes in. */
    ClassicState add(Member member, Step step);

    /** A member sends JoinGroup again; {@link Joining} has seen to it that it may. */
    ClassicState rejoin(Member member, Join join, Step step);

    /** A static member came back under a new id and stands in the roster, its JoinGroup waiting. */
    ClassicState staticMemberIsBack(Roster roster, Member member, String oldLeader, Join join, Step step);

    /** Members, or ids that were pending, have gone. */
    ClassicState without(Roster rest, Step step);

    /** An id that was given out has lapsed. */
    default ClassicState withoutPending(Roster rest, Step step) {
        return with(rest);
    }

    /** A SyncGroup of a member that exists, in the right generation. */
    ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step);

    /** What the state says to a heartbeat of one of its members. */
    Errors heartbeatAnswer();

    /**
     * Who is no member may only commit to a group that is empty; but old transactional producers don't say which member's
     * offsets they commit.
     */
    @Override
    default Errors validateCommit(Committer committer) {
        if (committer.isAnonymous()) {
            return committer.isTransactional() ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
        }
        Errors error = roster().validate(committer.memberId(), committer.instanceId());
        if (error == Errors.NONE && committer.generation() != generation()) {
            return Errors.ILLEGAL_GENERATION;
        }
        return error;
    }

    default ClassicState sync(SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        Errors error = validateSync(request);
        if (error != Errors.NONE) {
            step.reply(call, Responses.syncError(error));
            return this;
        }
        Member member = roster().members().get(request.memberId());
        if (member == null) {
            throw new IllegalStateException("validated, but no member: " + request.memberId());
        }
        return sync(member, request, call, step);
    }

    private Errors validateSync(SyncGroupRequestData request) {
        Errors error = roster().validate(request.memberId(), request.groupInstanceId());
        if (error != Errors.NONE) {
            return error;
        }
        if (request.generationId() != generation()) {
            return Errors.ILLEGAL_GENERATION;
        }
        boolean typeFits =
                request.protocolType() == null || request.protocolType().equals(protocolType());
        return typeFits && fitsProtocol(request.protocolName()) ? Errors.NONE : Errors.INCONSISTENT_GROUP_PROTOCOL;
    }

    /** Whether a member that believes in this protocol is right; null means that it didn't say. */
    default boolean fitsProtocol(@Nullable String protocolName) {
        return true;
    }

    /** Answers a heartbeat; a member that is known and in the right generation has its session prolonged. */
    default Errors heartbeat(String memberId, @Nullable String instanceId, int generation, Step step) {
        Errors error = roster().validate(memberId, instanceId);
        if (error != Errors.NONE) {
            return error;
        }
        if (generation != generation()) {
            return Errors.ILLEGAL_GENERATION;
        }
        prolongSession(memberId, step);
        return heartbeatAnswer();
    }

    default void prolongSession(String memberId, Step step) {
        Member member = roster().member(memberId);
        if (member != null) {
            step.startSession(member);
        }
    }

    /** Members leave, or are thrown out by their instance ids. */
    default ClassicState leave(List<MemberIdentity> leaving, Call<LeaveGroupResponseData> call, Step step) {
        Roster rest = roster();
        boolean anyLeft = false;
        var responses = new ArrayList<MemberResponse>(leaving.size());
        for (MemberIdentity identity : leaving) {
            String memberId = Leaving.memberId(identity, rest);
            Errors error = Leaving.validate(identity, memberId, rest);
            if (error == Errors.NONE) {
                rest = Leaving.remove(memberId, rest, step);
                anyLeft = true;
            }
            responses.add(Responses.left(identity, error));
        }
        ClassicState next = anyLeft ? without(rest, step) : this;
        step.reply(call, new LeaveGroupResponseData().setMembers(responses));
        return next;
    }

    /** Nothing was heard of the member, or of the one who was given this id, for the time of its session. */
    @Override
    default ClassicState expire(Timer timer, Step step) {
        String memberId = timer.memberId();
        Member member = roster().member(memberId);
        if (member != null && member.isExcusedFromHeartbeats()) {
            // Its session starts anew when what it waits for has come.
            step.endSession(memberId);
            return this;
        }
        Roster rest = Leaving.remove(memberId, roster(), step);
        return member == null ? withoutPending(rest, step) : without(rest, step);
    }
}
