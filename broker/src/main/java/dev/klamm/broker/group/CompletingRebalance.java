package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A generation has begun; its leader computes who gets what, and the others wait for that in SyncGroup.
 *
 * @param unsynced members whose SyncGroup has not come; those who are still among them at the deadline are thrown out
 * @param sinceMs ms since 1970, when the generation began
 */
record CompletingRebalance(
        int generation,
        String protocolType,
        String protocolName,
        Roster roster,
        @Nullable Set<String> subscribedTopics,
        Set<String> unsynced,
        long sinceMs,
        long deadlineMs)
        implements ClassicState {

    @Override
    public String name() {
        return "CompletingRebalance";
    }

    @Override
    public CompletingRebalance with(Roster changed) {
        return new CompletingRebalance(
                generation, protocolType, protocolName, changed, subscribedTopics, unsynced, sinceMs, deadlineMs);
    }

    @Override
    public boolean hasRoomFor(String memberId, Step step) {
        return roster.has(memberId) || roster.size() < step.config().maxSize();
    }

    @Override
    public boolean fitsProtocol(@Nullable String name) {
        return name == null || name.equals(protocolName);
    }

    @Override
    public ClassicState add(Member member, Step step) {
        return rebalance(roster.add(member), Errors.REBALANCE_IN_PROGRESS, step);
    }

    @Override
    public ClassicState rejoin(Member member, Join join, Step step) {
        if (!member.protocols().equals(join.protocols())) {
            return rebalance(roster.update(member.rejoining(join)), Errors.REBALANCE_IN_PROGRESS, step);
        }
        // It says nothing new: most likely it didn't get the answer to its first JoinGroup.
        String leader = roster.leader() == null ? "" : roster.leader();
        var response = Responses.joined(member.id(), generation, protocolType, protocolName, leader);
        step.reply(
                join.call(),
                response.setMembers(
                        roster.isLedBy(member.id()) ? Responses.forLeader(roster, protocolName) : List.of()));
        return this;
    }

    /** The leader may be computing with the old member id, so the new one would get nothing: once more, please. */
    @Override
    public ClassicState staticMemberIsBack(Roster changed, Member member, String oldLeader, Join join, Step step) {
        return rebalance(changed, Errors.REBALANCE_IN_PROGRESS, step);
    }

    @Override
    public ClassicState without(Roster rest, Step step) {
        return rebalance(rest, Errors.REBALANCE_IN_PROGRESS, step);
    }

    @Override
    public ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        step.dismiss(member, Errors.REBALANCE_IN_PROGRESS);
        Roster waiting = roster.update(member.syncing(call));
        Set<String> stillUnsynced = without(unsynced, member.id());
        if (waiting.isLedBy(member.id())) {
            return assign(waiting, assignments(request), stillUnsynced, step);
        }
        long deadline = stillUnsynced.isEmpty() ? Group.NEVER : deadlineMs;
        return new CompletingRebalance(
                generation, protocolType, protocolName, waiting, subscribedTopics, stillUnsynced, sinceMs, deadline);
    }

    private static Map<String, Bytes> assignments(SyncGroupRequestData request) {
        var assignments = new HashMap<String, Bytes>();
        request.assignments().forEach(a -> assignments.put(a.memberId(), Bytes.wrap(a.assignment())));
        return assignments;
    }

    /** Who is not in the leader's assignment gets an empty one. */
    private ClassicState assign(Roster waiting, Map<String, Bytes> assignments, Set<String> stillUnsynced, Step step) {
        Roster assigned = waiting.updateAll(m -> m.assigned(assignments.getOrDefault(m.id(), Member.NOTHING)));
        step.record(GroupRecord.of(step.group().id(), generation, protocolType, protocolName, assigned, sinceMs));
        for (Member member : waiting.all()) {
            if (member.syncing() != null) {
                Member withAssignment = member.assigned(assignments.getOrDefault(member.id(), Member.NOTHING));
                step.reply(member.syncing(), Responses.synced(protocolType, protocolName, withAssignment));
                step.startSession(member);
            }
        }
        long deadline = stillUnsynced.isEmpty() ? Group.NEVER : deadlineMs;
        return new Stable(
                generation, protocolType, protocolName, assigned, subscribedTopics, stillUnsynced, sinceMs, deadline);
    }

    /** The leader's assignment could not be written: everybody who waits for it hears so, and it begins anew. */
    ClassicState assignmentNotWritten(Errors error, Step step) {
        return rebalance(roster, error, step);
    }

    @Override
    public Errors heartbeatAnswer() {
        return Errors.NONE;
    }

    @Override
    public Errors validateCommit(Committer committer) {
        Errors error = ClassicState.super.validateCommit(committer);
        // The member is right about its generation, which is not ready: it is to come again. Transactions need not
        // wait.
        return error == Errors.NONE && !committer.isTransactional() ? Errors.REBALANCE_IN_PROGRESS : error;
    }

    @Override
    public ClassicState expire(Step step) {
        Roster rest = roster;
        for (String memberId : unsynced) {
            rest = Leaving.remove(memberId, rest, step);
        }
        return rebalance(rest, Errors.REBALANCE_IN_PROGRESS, step);
    }

    /** Those who wait for their assignment hear {@code error} and are to join again. */
    private ClassicState rebalance(Roster changed, Errors error, Step step) {
        for (Member member : changed.all()) {
            if (member.syncing() != null) {
                step.reply(member.syncing(), Responses.syncError(error));
                step.startSession(member);
            }
        }
        Roster unassigned = changed.updateAll(member -> member.assigned(Member.NOTHING));
        return PreparingRebalance.begin(generation, protocolType, unassigned, subscribedTopics, step);
    }

    static Set<String> without(Set<String> ids, String id) {
        var rest = new LinkedHashSet<>(ids);
        rest.remove(id);
        return rest;
    }
}
