package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * InitProducerId, versions 0 to 5: a fresh producer id, with epoch 0, for each idempotent producer.
 *
 * <p>Left out: transactions. A request with a transactional id gets UNSUPPORTED_VERSION, as Kafka answers what its
 * coordinator has not got (KIP-939); COORDINATOR_NOT_AVAILABLE would make the client ask again until it times out.
 */
public final class InitProducerIdApi implements Api<InitProducerIdRequestData> {
    private static final long NO_PRODUCER_ID = -1;
    private static final short NO_EPOCH = -1;

    private final Topics topics;

    public InitProducerIdApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    @Override
    public Answer handle(InitProducerIdRequestData request, RequestContext context) throws InterruptedException {
        boolean hasProducerId = request.producerId() != NO_PRODUCER_ID;
        boolean hasEpoch = request.producerEpoch() != NO_EPOCH;
        if (hasProducerId != hasEpoch) {
            return refusal(Errors.INVALID_REQUEST);
        }
        if (request.transactionalId() != null) {
            return refusal(request.transactionalId().isEmpty() ? Errors.INVALID_REQUEST : Errors.UNSUPPORTED_VERSION);
        }
        try {
            // Also for a producer that has an id already: its old one is no longer used (KIP-360).
            return new Answer.Now(new InitProducerIdResponseData().setProducerId(topics.nextProducerId()));
        } catch (KafkaStorageException e) {
            return refusal(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private static Answer refusal(Errors error) {
        return new Answer.Now(new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(NO_PRODUCER_ID)
                .setProducerEpoch(NO_EPOCH));
    }
}
