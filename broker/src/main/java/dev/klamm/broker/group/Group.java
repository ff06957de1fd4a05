package dev.klamm.broker.group;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One group: its state and its members' sessions; its offsets are in the store. Planned on by {@link Groups}, changed only by
 * {@link Groups#apply} and {@link Groups#replay}.
 */
final class Group {

    /** A moment of the monotonic clock that doesn't come. */
    static final long NEVER = Long.MAX_VALUE;

    private final String id;
    private final OffsetStore offsets;
    private GroupState state = new Dead();
    // Member or pending id -> when it is given up if nothing is heard of it, in monotonic ms.
    private final Map<String, Long> sessionEnds = new HashMap<>();

    Group(String id, OffsetStore offsets) {
        this.id = id;
        this.offsets = offsets;
    }

    String id() {
        return id;
    }

    GroupState state() {
        return state;
    }

    /** To be looked at only. */
    GroupOffsets offsets() {
        return offsets.of(id);
    }

    void moveTo(GroupState next) {
        state = next;
    }

    void setSessionEnd(String memberId, long endMs) {
        if (endMs == NEVER) {
            sessionEnds.remove(memberId);
        } else {
            sessionEnds.put(memberId, endMs);
        }
    }

    void endAllSessions() {
        sessionEnds.clear();
    }

    /** When the group has to be looked at though nobody asks, in monotonic ms. */
    long deadlineMs() {
        long earliestMs = state.deadlineMs();
        for (long endMs : sessionEnds.values()) {
            earliestMs = Math.min(earliestMs, endMs);
        }
        return earliestMs;
    }

    /** A member or pending id whose session is over. */
    @Nullable
    String expiredSession(long nowMs) {
        return sessionEnds.entrySet().stream()
                .filter(entry -> entry.getValue() <= nowMs)
                .map(Map.Entry::getKey)
                .min(String::compareTo)
                .orElse(null);
    }

    boolean isConsumerGroup() {
        return Subscriptions.CONSUMER.equals(state.protocolType());
    }

    /** Whether its members want the topic; of consumers whose wishes are not known, it is assumed. */
    boolean isSubscribedTo(String topic) {
        var topics = state.subscribedTopics();
        return topics == null ? isConsumerGroup() : topics.contains(topic);
    }
}
