package dev.klamm.broker.group;

/**
 * A step of a {@link ConsumerGroup} in the making: what has been recorded so far is true in {@link #group} already, so that
 * whatever is planned next rests on it. The group itself stays as it is until the step is taken.
 */
final class ConsumerDraft {
    private final Step step;
    private ConsumerGroup group;
    private boolean isCopy;

    ConsumerDraft(ConsumerGroup group, Step step) {
        this.group = group;
        this.step = step;
    }

    Step step() {
        return step;
    }

    String groupId() {
        return step.group().id();
    }

    /** As it will be when what has been recorded so far is in the log. */
    ConsumerGroup group() {
        return group;
    }

    void record(GroupRecord record) {
        if (!isCopy) {
            group = group.copy();
            isCopy = true;
        }
        step.record(record);
        ConsumerRecords.replay(record, group);
    }

    /** The next epoch: members, or the topics that they want, have changed. */
    void nextEpoch() {
        long hash = TopicHash.of(group.subscribedTopics(), step.cluster());
        record(ConsumerRecords.group(groupId(), group.epoch() + 1, hash));
    }
}
