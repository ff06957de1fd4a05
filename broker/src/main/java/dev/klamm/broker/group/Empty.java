package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * No members, though ids may have been given out; offsets may be there, and expire from {@code sinceMs} on.
 *
 * @param protocolType what its last members said; null if it never had any (a "simple" group, which only holds offsets)
 * @param roster without members
 * @param sinceMs ms since 1970 from which on it was empty; -1 if the record of a Kafka before 2.1 doesn't say it
 */
record Empty(int generation, @Nullable String protocolType, Roster roster, long sinceMs) implements ClassicState {

    static Empty created(long nowMs) {
        return new Empty(0, null, Roster.NOBODY, nowMs);
    }

    @Override
    public String name() {
        return "Empty";
    }

    @Override
    public Empty with(Roster changed) {
        return new Empty(generation, protocolType, changed, sinceMs);
    }

    @Override
    public boolean hasRoomFor(String memberId, Step step) {
        return true;
    }

    @Override
    public boolean supports(String type, List<Member.Protocol> protocols) {
        return !type.isEmpty() && !protocols.isEmpty();
    }

    @Override
    public ClassicState add(Member member, Step step) {
        return PreparingRebalance.initial(this, roster.add(member), member, step);
    }

    @Override
    public ClassicState rejoin(Member member, Join join, Step step) {
        throw new IllegalStateException("an empty group has no members");
    }

    @Override
    public ClassicState staticMemberIsBack(Roster changed, Member member, String oldLeader, Join join, Step step) {
        throw new IllegalStateException("an empty group has no members");
    }

    @Override
    public ClassicState without(Roster rest, Step step) {
        return with(rest);
    }

    @Override
    public ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        throw new IllegalStateException("an empty group has no members");
    }

    @Override
    public Errors heartbeatAnswer() {
        return Errors.UNKNOWN_MEMBER_ID;
    }

    /** Consumers that are gone want nothing; what others than consumers wanted was never known. */
    @Override
    public @Nullable Set<String> subscribedTopics() {
        return Subscriptions.CONSUMER.equals(protocolType) ? Set.of() : null;
    }

    @Override
    public Errors validateCommit(Committer committer) {
        return committer.generation() < 0 ? Errors.NONE : ClassicState.super.validateCommit(committer);
    }
}
