package dev.klamm.broker.group;

import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.protocol.Errors;

/** How a member or a pending id goes, in whatever state the group is. */
final class Leaving {

    private Leaving() {}

    /** The id of the one who is to leave: an admin client names a static member by its instance id alone. */
    static String memberId(MemberIdentity identity, Roster roster) {
        if (!identity.memberId().isEmpty()) {
            return identity.memberId();
        }
        return roster.byInstanceId(identity.groupInstanceId()).map(Member::id).orElse("");
    }

    static Errors validate(MemberIdentity identity, String memberId, Roster roster) {
        return roster.isPending(memberId) ? Errors.NONE : roster.validate(memberId, identity.groupInstanceId());
    }

    /** Ends the session and answers what the member waits for. */
    static Roster remove(String memberId, Roster roster, Step step) {
        step.endSession(memberId);
        Member member = roster.member(memberId);
        if (member != null) {
            step.dismiss(member, Errors.UNKNOWN_MEMBER_ID);
        }
        return roster.remove(memberId);
    }
}
