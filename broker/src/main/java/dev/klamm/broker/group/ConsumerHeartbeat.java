package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;

/**
 * A ConsumerGroupHeartbeat request with what the state machine needs besides its body.
 *
 * @param clientHost as Kafka prints it: a slash and the address
 * @param freshMemberId for a client that has made none up for itself, as those of version 0 may
 */
record ConsumerHeartbeat(
        ConsumerGroupHeartbeatRequestData request,
        String clientId,
        String clientHost,
        String freshMemberId,
        Call<ConsumerGroupHeartbeatResponseData> call) {

    String memberId() {
        return request.memberId().isEmpty() ? freshMemberId : request.memberId();
    }

    boolean isJoining() {
        return request.memberEpoch() == 0;
    }

    boolean isLeaving() {
        return request.memberEpoch() == CurrentAssignment.LEFT || request.memberEpoch() == CurrentAssignment.AWAY;
    }

    /** A member says everything when it joins, and when it doesn't know what became of its last heartbeat. */
    boolean isFull() {
        return request.rebalanceTimeoutMs() != -1
                && (request.subscribedTopicNames() != null || request.subscribedTopicRegex() != null)
                && request.topicPartitions() != null;
    }

    static ConsumerGroupHeartbeatResponseData refused(Refusal refusal) {
        return new ConsumerGroupHeartbeatResponseData()
                .setErrorCode(refusal.error().code())
                .setErrorMessage(refusal.message());
    }
}
