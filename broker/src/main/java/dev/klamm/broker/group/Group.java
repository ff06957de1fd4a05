package dev.klamm.broker.group;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One group: its state and its members' timers; its offsets are in the store. Planned on by {@link Groups}, changed only by
 * {@link Groups#apply} and {@link Groups#replay}.
 */
final class Group {

    /** A moment of the monotonic clock that doesn't come. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long NEVER_CHECKED = -1;

    private final String id;
    private final OffsetStore offsets;
    private GroupState state = new Dead();
    // When it runs out, in monotonic ms. Sessions also of pending ids.
    private final Map<Timer, Long> timers = new HashMap<>();
    // Cluster.topicsVersion() of the last look at whether the topics that a consumer group wants have changed.
    private long checkedTopicsVersion = NEVER_CHECKED;

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

    void setTimer(Timer timer, long endMs) {
        if (endMs == NEVER) {
            timers.remove(timer);
        } else {
            timers.put(timer, endMs);
        }
    }

    boolean isRunning(Timer timer) {
        return timers.containsKey(timer);
    }

    void endAllTimers() {
        timers.clear();
    }

    long checkedTopicsVersion() {
        return checkedTopicsVersion;
    }

    void setCheckedTopicsVersion(long version) {
        checkedTopicsVersion = version;
    }

    /** When the group has to be looked at though nobody asks, in monotonic ms. */
    long deadlineMs() {
        long earliestMs = state.deadlineMs();
        for (long endMs : timers.values()) {
            earliestMs = Math.min(earliestMs, endMs);
        }
        return earliestMs;
    }

    /** Of the timers that have run out the one that did so first. */
    Optional<Timer> expiredTimer(long nowMs) {
        return timers.entrySet().stream()
                .filter(entry -> entry.getValue() <= nowMs)
                .min(Map.Entry.<Timer, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey);
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
