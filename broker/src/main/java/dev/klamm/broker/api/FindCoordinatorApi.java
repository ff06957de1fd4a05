package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.ApiException;
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
    private static final byte SHARE = 2;
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
        Optional<Refusal> refusal = keys.isEmpty() ? Optional.empty() : makeReady(request.keyType());
        List<Coordinator> coordinators = keys.stream()
                .map(key -> refusal.map(FindCoordinatorApi::refused)
                        .orElseGet(() -> thisBroker(context))
                        .setKey(key))
                .toList();
        return new Answer.Now(
                hasManyKeys
                        ? new FindCoordinatorResponseData().setCoordinators(coordinators)
                        : inOldForm(coordinators.getFirst()));
    }

    private record Refusal(Errors error, String message) {}

    /** The coordinator is to be ready when it has been found. Returns why it can't be. */
    private Optional<Refusal> makeReady(byte keyType) throws InterruptedException {
        try {
            switch (keyType) {
                case GROUP -> topics.offsetsTopic();
                case TRANSACTION -> topics.transactionsTopic();
                case SHARE -> {
                    return Optional.of(
                            new Refusal(Errors.INVALID_REQUEST, "This broker does not serve share groups yet."));
                }
                default -> {
                    return Optional.of(
                            new Refusal(Errors.INVALID_REQUEST, "There is no coordinator of type " + keyType + "."));
                }
            }
            return Optional.empty();
        } catch (ApiException notCreated) {
            // A full disk, perhaps: the client asks again.
            return Optional.of(new Refusal(
                    Errors.COORDINATOR_NOT_AVAILABLE,
                    "The coordinator's topic can't be created: " + notCreated.getMessage()));
        }
    }

    private Coordinator thisBroker(RequestContext context) {
        return new Coordinator()
                .setNodeId(topics.nodeId())
                .setHost(context.advertised().getHostString())
                .setPort(context.advertised().getPort());
    }

    private static Coordinator refused(Refusal refusal) {
        return new Coordinator()
                .setNodeId(-1)
                .setPort(-1)
                .setErrorCode(refusal.error().code())
                .setErrorMessage(refusal.message());
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
