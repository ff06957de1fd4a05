package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** There is no such group: never was, or it was deleted. A member that comes without an id brings it to life. */
record Dead() implements GroupState {

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
    public GroupState with(Roster roster) {
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
    public GroupState add(Member member, Step step) {
        throw new IllegalStateException("a dead group gets no members before it is empty");
    }

    @Override
    public GroupState rejoin(Member member, Join join, Step step) {
        throw new IllegalStateException("a dead group has no members");
    }

    @Override
    public GroupState staticMemberIsBack(Roster roster, Member member, String oldLeader, Join join, Step step) {
        throw new IllegalStateException("a dead group has no members");
    }

    @Override
    public GroupState without(Roster rest, Step step) {
        return this;
    }

    @Override
    public GroupState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
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
    public Errors validateCommit(String memberId, @Nullable String instanceId, int generation, short version) {
        if (generation < 0) {
            return Errors.NONE;
        }
        // Before version 9 clients don't know GROUP_ID_NOT_FOUND here.
        return version >= 9 ? Errors.GROUP_ID_NOT_FOUND : Errors.ILLEGAL_GENERATION;
    }

    @Override
    public Errors validateTransactionalCommit(String memberId, @Nullable String instanceId, int generation) {
        return generation < 0 ? Errors.NONE : Errors.ILLEGAL_GENERATION;
    }
}
