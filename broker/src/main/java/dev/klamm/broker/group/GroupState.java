package dev.klamm.broker.group;

import java.util.Collection;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What a group is, as of a moment: one of the classic protocol, where members rebalance all together and one of them assigns
 * ({@link ClassicState}), or one of KIP-848, where the broker assigns and members go over to it one by one
 * ({@link ConsumerGroup}). What both have in common stands here; committed offsets are the {@link Group}'s, whatever it is.
 */
sealed interface GroupState permits ClassicState, ConsumerGroup {

    /** The state's name as clients and tools know it. */
    String name();

    /** "consumer", or what else its members said; null if it never had any. */
    @Nullable
    String protocolType();

    Collection<String> memberIds();

    /** The topics that its members want; null if that is not known. */
    @Nullable
    Set<String> subscribedTopics();

    /** When it is to be looked at though nobody asks, in monotonic ms, besides the members' {@link Timer}s. */
    default long deadlineMs() {
        return Group.NEVER;
    }

    /** A timer of a member has run out. */
    GroupState expire(Timer timer, Step step);

    /** Whether this group would take offsets of this one. */
    Errors validateCommit(Committer committer);

    /**
     * Whether one who fetches offsets is up to date; members of the new protocol say who they are.
     *
     * @param memberId null for one who doesn't say
     * @param epoch below 0 likewise
     */
    default Errors validateFetch(@Nullable String memberId, int epoch) {
        return Errors.NONE;
    }

    /** Whether it would take an offset of this partition of one whom {@link #validateCommit} accepts. */
    default Errors validateOffset(Committer committer, Uuid topicId, int partition) {
        return Errors.NONE;
    }
}
