package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * FindCoordinator, versions 0 to 6: this broker coordinates every group and every transactional id. One key up to version 3,
 * many from then on.
 *
 * <p>Left out: coordinators of share groups, which are not served yet. They are refused with INVALID_REQUEST; an error to be
 * retried would have the client wait in vain.
 */
public final class FindCoordinatorApi implements Api<FindCoordinatorRequestData> {
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final short FIRST_WITH_MANY_KEYS = 4;

    private final Topics topics;

    public FindCoordinatorApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public Answer handle(FindCoordinatorRequestData request, RequestContext context) throws InterruptedException {
        boolean hasManyKeys = context.apiVersion() >= FIRST_WITH_MANY_KEYS;
        List<String> keys = hasManyKeys ? request.coordinatorKeys() : List.of(request.key());
        if (!keys.isEmpty()) {
            makeReady(request.keyType());
        }
        List<Coordinator> coordinators = keys.stream()
                .map(key -> coordinator(key, request.keyType(), context))
                .toList();
        return new Answer.Now(
                hasManyKeys
                        ? new FindCoordinatorResponseData().setCoordinators(coordinators)
                        : inOldForm(coordinators.getFirst()));
    }

    /** The coordinator is to be ready when it has been found. */
    private void makeReady(byte keyType) throws InterruptedException {
        if (keyType == GROUP) {
            topics.offsetsTopic();
        } else if (keyType == TRANSACTION) {
            topics.transactionsTopic();
        }
    }

    private Coordinator coordinator(String key, byte keyType, RequestContext context) {
        Optional<String> refusal = refusal(keyType);
        if (refusal.isPresent()) {
            return new Coordinator()
                    .setKey(key)
                    .setNodeId(-1)
                    .setPort(-1)
                    .setErrorCode(Errors.INVALID_REQUEST.code())
                    .setErrorMessage(refusal.get());
        }
        return new Coordinator()
                .setKey(key)
                .setNodeId(topics.nodeId())
                .setHost(context.advertised().getHostString())
                .setPort(context.advertised().getPort());
    }

    private static Optional<String> refusal(byte keyType) {
        return switch (keyType) {
            case GROUP, TRANSACTION -> Optional.empty();
            case 2 -> Optional.of("This broker does not serve share groups yet.");
            default -> Optional.of("There is no coordinator of type " + keyType + ".");
        };
    }

    private static FindCoordinatorResponseData inOldForm(Coordinator coordinator) {
        return new FindCoordinatorResponseData()
                .setNodeId(coordinator.nodeId())
                .setHost(coordinator.host())
                .setPort(coordinator.port())
                .setErrorCode(coordinator.errorCode())
                .setErrorMessage(coordinator.errorMessage());
    }
}
