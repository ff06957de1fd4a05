package dev.klamm.broker.group;

import org.apache.kafka.common.Uuid;

/**
 * A member of a {@link ConsumerGroup} as of a moment.
 *
 * @param subscription what it told of itself, which is one record
 * @param current how far it has come towards its target, which is another record
 */
record ConsumerMember(String id, Subscription subscription, CurrentAssignment current) {

    /** One of whom no record has come yet. */
    static ConsumerMember unknown(String id) {
        return new ConsumerMember(id, Subscription.NONE, CurrentAssignment.NONE);
    }

    ConsumerMember with(Subscription changed) {
        return new ConsumerMember(id, changed, current);
    }

    ConsumerMember with(CurrentAssignment changed) {
        return new ConsumerMember(id, subscription, changed);
    }

    int epoch() {
        return current.epoch();
    }

    boolean isStatic() {
        return subscription.instanceId() != null;
    }

    /** KIP-848's way between the protocols: it speaks the classic one, in a group of the new one. */
    boolean speaksClassic() {
        return subscription.classic() != null;
    }

    /** Nobody else may get the partition before this member has given it up. */
    boolean holds(Uuid topicId, int partition) {
        return current.assigned().has(topicId, partition) || current.revoking().has(topicId, partition);
    }
}
