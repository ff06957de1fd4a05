package dev.klamm.broker.group;

import org.apache.kafka.common.protocol.Errors;

/**
 * What every JoinGroup goes through, in whatever state the group is; what follows from it, the state says. The order of
 * the checks is Kafka's, since clients act on the first error.
 */
final class Joining {

    private Joining() {}

    static ClassicState join(ClassicState state, Join join, Step step) {
        String memberId = join.memberId();
        if (!state.hasRoomFor(memberId, step)) {
            step.reply(join.call(), Responses.joinError("", Errors.GROUP_MAX_SIZE_REACHED));
            return memberId.isEmpty() ? state : state.with(Leaving.remove(memberId, state.roster(), step));
        }
        if (!state.supports(join.request().protocolType(), join.protocols())) {
            return refuse(state, join, Errors.INCONSISTENT_GROUP_PROTOCOL, step);
        }
        return memberId.isEmpty() ? joinNew(state, join, step) : joinKnown(state, join, step);
    }

    private static ClassicState joinNew(ClassicState state, Join join, Step step) {
        String memberId = join.freshMemberId();
        if (join.request().groupInstanceId() != null) {
            var replaced = state.roster().byInstanceId(join.request().groupInstanceId());
            return replaced.isPresent()
                    ? replaceStatic(state, replaced.get(), memberId, join, step)
                    : add(state, memberId, join, step);
        }
        if (!join.needsMemberId()) {
            return add(state, memberId, join, step);
        }
        step.startSession(memberId, join.request().sessionTimeoutMs());
        step.reply(join.call(), Responses.joinError(memberId, Errors.MEMBER_ID_REQUIRED));
        return state.with(state.roster().addPending(memberId));
    }

    private static ClassicState joinKnown(ClassicState state, Join join, Step step) {
        String memberId = join.memberId();
        if (state.roster().isPending(memberId)) {
            // Ids are given out to dynamic members alone: who shows one with an instance id has made something up.
            return join.request().groupInstanceId() == null
                    ? add(state, memberId, join, step)
                    : refuse(state, join, Errors.UNKNOWN_SERVER_ERROR, step);
        }
        Errors error = state.roster().validate(memberId, join.request().groupInstanceId());
        Member member = state.roster().member(memberId);
        return error != Errors.NONE || member == null
                ? refuse(state, join, error, step)
                : state.rejoin(member, join, step);
    }

    private static ClassicState add(ClassicState state, String memberId, Join join, Step step) {
        step.startSession(memberId, GroupConfig.NEW_MEMBER_JOIN_TIMEOUT_MS);
        return state.add(Member.joining(memberId, join), step);
    }

    /** A static member came back without its member id: it gets a new one, and who still uses the old one is fenced. */
    private static ClassicState replaceStatic(ClassicState state, Member old, String memberId, Join join, Step step) {
        String oldLeader = state.roster().leader() == null ? "" : state.roster().leader();
        step.endSession(old.id());
        step.dismiss(old, Errors.FENCED_INSTANCE_ID);
        Member back = old.renamed(memberId).rejoining(join);
        step.startSession(memberId, old.sessionTimeoutMs());
        return state.staticMemberIsBack(state.roster().replace(old.id(), back), back, oldLeader, join, step);
    }

    private static ClassicState refuse(ClassicState state, Join join, Errors error, Step step) {
        step.reply(join.call(), Responses.joinError(join.memberId(), error));
        return state;
    }
}
