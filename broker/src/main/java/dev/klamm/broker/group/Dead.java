package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** There is no such group: never was, or it was deleted. A member that comes without an id brings it to life. */
record Dead() implements ClassicState {

    @Override
    public String name() {
        return "Dead";
    }

    @Override
    public int generation() {
        return -1;
    }

    @Override
    public @Nullable String protocolType() {
        return null;
    }

    @Override
    public Roster roster() {
        return Roster.NOBODY;
    }

    @Override
    public ClassicState with(Roster roster) {
        return this;
    }

    @Override
    public boolean hasRoomFor(String memberId, Step step) {
        return true;
    }

    @Override
    public boolean supports(String type, List<Member.Protocol> protocols) {
        return true;
    }

    @Override
    public ClassicState add(Member member, Step step) {
        throw new IllegalStateException("a dead group gets no members before it is empty");
    }

    @Override
    public ClassicState rejoin(Member member, Join join, Step step) {
        throw new IllegalStateException("a dead group has no members");
    }

    @Override
    public ClassicState staticMemberIsBack(Roster roster, Member member, String oldLeader, Join join, Step step) {
        throw new IllegalStateException("a dead group has no members");
    }

    @Override
    public ClassicState without(Roster rest, Step step) {
        return this;
    }

    @Override
    public ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        throw new IllegalStateException("a dead group has no members");
    }

    @Override
    public Errors heartbeatAnswer() {
        return Errors.UNKNOWN_MEMBER_ID;
    }

    @Override
    public @Nullable Set<String> subscribedTopics() {
        return null;
    }

    @Override
    public Errors validateCommit(Committer committer) {
        if (committer.generation() < 0) {
            return Errors.NONE;
        }
        // Before version 9 clients don't know GROUP_ID_NOT_FOUND here, and in a transaction none does.
        return !committer.isTransactional() && committer.version() >= 9
                ? Errors.GROUP_ID_NOT_FOUND
                : Errors.ILLEGAL_GENERATION;
    }
}
