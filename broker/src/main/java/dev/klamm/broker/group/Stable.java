package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Every member has its assignment, or can fetch it with SyncGroup.
 *
 * @param unsynced members who have not fetched it; those who are still among them at the deadline are thrown out
 * @param sinceMs ms since 1970, when the generation began
 */
record Stable(
        int generation,
        String protocolType,
        String protocolName,
        Roster roster,
        @Nullable Set<String> subscribedTopics,
        Set<String> unsynced,
        long sinceMs,
        long deadlineMs)
        implements ClassicState {

    /** As a record of the log has it. */
    static Stable replayed(int generation, String protocolType, String protocolName, Roster roster, long sinceMs) {
        Set<String> topics = Subscriptions.of(protocolType, protocolName, roster);
        return new Stable(generation, protocolType, protocolName, roster, topics, Set.of(), sinceMs, Group.NEVER);
    }

    @Override
    public String name() {
        return "Stable";
    }

    @Override
    public Stable with(Roster changed) {
        return new Stable(
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
        return rebalance(roster.add(member), step);
    }

    /** A leader that joins again wants to assign anew: it may have seen that its topics have changed. */
    @Override
    public ClassicState rejoin(Member member, Join join, Step step) {
        if (roster.isLedBy(member.id()) || !member.protocols().equals(join.protocols())) {
            return rebalance(roster.update(member.rejoining(join)), step);
        }
        step.reply(join.call(), Responses.joined(member.id(), generation, protocolType, protocolName, leader()));
        return this;
    }

    /** If nothing changes by its coming back, nobody is disturbed: it takes its old place (KIP-345). */
    @Override
    public ClassicState staticMemberIsBack(Roster changed, Member member, String oldLeader, Join join, Step step) {
        if (!changed.selectProtocol().equals(protocolName)) {
            return rebalance(changed, step);
        }
        Stable next = inPlace(changed.update(member.joined()));
        step.record(GroupRecord.of(step.group().id(), generation, protocolType, protocolName, next.roster(), sinceMs));
        var response = Responses.joined(member.id(), generation, protocolType, protocolName, oldLeader);
        if (join.canSkipAssignment()) {
            boolean leads = changed.isLedBy(member.id());
            response.setLeader(next.leader())
                    .setSkipAssignment(leads)
                    .setMembers(leads ? Responses.forLeader(next.roster(), protocolName) : List.of());
        }
        step.reply(join.call(), response);
        return next;
    }

    /** The old member id, if its SyncGroup was still waited for, is not waited for any more. */
    private Stable inPlace(Roster changed) {
        Set<String> rest = unsynced.stream().filter(changed::has).collect(Collectors.toUnmodifiableSet());
        long deadline = rest.isEmpty() ? Group.NEVER : deadlineMs;
        return new Stable(generation, protocolType, protocolName, changed, subscribedTopics, rest, sinceMs, deadline);
    }

    @Override
    public ClassicState without(Roster rest, Step step) {
        return rebalance(rest, step);
    }

    @Override
    public ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        step.reply(call, Responses.synced(protocolType, protocolName, member));
        Set<String> rest = CompletingRebalance.without(unsynced, member.id());
        long deadline = rest.isEmpty() ? Group.NEVER : deadlineMs;
        return new Stable(generation, protocolType, protocolName, roster, subscribedTopics, rest, sinceMs, deadline);
    }

    @Override
    public Errors heartbeatAnswer() {
        return Errors.NONE;
    }

    @Override
    public ClassicState expire(Step step) {
        Roster rest = roster;
        for (String memberId : unsynced) {
            rest = Leaving.remove(memberId, rest, step);
        }
        return rebalance(rest, step);
    }

    /** All members are to join again; they hear it with their next heartbeats. */
    ClassicState rebalance(Roster changed, Step step) {
        return PreparingRebalance.begin(generation, protocolType, changed, subscribedTopics, step);
    }

    private String leader() {
        return roster.leader() == null ? "" : roster.leader();
    }
}
