package dev.klamm.broker.group;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What a ConsumerGroupHeartbeat must look like, whatever the group is. */
final class HeartbeatRules {
    private static final short FIRST_WITH_IDS_OF_CLIENTS = 1;

    private HeartbeatRules() {}

    /** INVALID_REQUEST or UNSUPPORTED_ASSIGNOR; the order of the checks and the words are Kafka's. */
    static Optional<Refusal> check(ConsumerGroupHeartbeatRequestData request, short version, List<Assignor> assignors) {
        String fault = fault(request, version);
        if (fault != null) {
            return Optional.of(new Refusal(Errors.INVALID_REQUEST, fault));
        }
        String assignor = request.serverAssignor();
        if (assignor != null && assignors.stream().noneMatch(a -> a.id().equals(assignor))) {
            String supported = assignors.stream().map(Assignor::id).collect(Collectors.joining(", "));
            return Optional.of(new Refusal(
                    Errors.UNSUPPORTED_ASSIGNOR,
                    "ServerAssignor " + assignor + " is not supported. Supported assignors: " + supported + "."));
        }
        return Optional.empty();
    }

    private static @Nullable String fault(ConsumerGroupHeartbeatRequestData request, short version) {
        int epoch = request.memberEpoch();
        boolean needsId = version >= FIRST_WITH_IDS_OF_CLIENTS || epoch > 0 || epoch == CurrentAssignment.LEFT;
        if (needsId && isBlank(request.memberId())) {
            return "MemberId can't be empty.";
        }
        if (isBlank(request.groupId())) {
            return "GroupId can't be empty.";
        }
        if (isBlank(request.instanceId())) {
            return "InstanceId can't be empty.";
        }
        if (isBlank(request.rackId())) {
            return "RackId can't be empty.";
        }
        if (epoch == 0) {
            return faultOfJoin(request);
        }
        if (epoch == CurrentAssignment.AWAY && request.instanceId() == null) {
            return "InstanceId can't be null.";
        }
        return epoch < CurrentAssignment.AWAY ? "MemberEpoch is invalid." : null;
    }

    private static @Nullable String faultOfJoin(ConsumerGroupHeartbeatRequestData request) {
        if (request.rebalanceTimeoutMs() == -1) {
            return "RebalanceTimeoutMs must be provided in first request.";
        }
        if (request.topicPartitions() == null || !request.topicPartitions().isEmpty()) {
            return "TopicPartitions must be empty when (re-)joining.";
        }
        // Empty is a wish, too: to be a member without topics.
        if (request.subscribedTopicNames() == null && request.subscribedTopicRegex() == null) {
            return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.";
        }
        return null;
    }

    private static boolean isBlank(@Nullable String text) {
        return text != null && text.isBlank();
    }
}
