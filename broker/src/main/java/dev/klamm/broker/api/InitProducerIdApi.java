package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.broker.txn.TransactionCoordinator.Initialized;
import dev.klamm.broker.txn.TransactionCoordinator.ProducerIdAndEpoch;
import java.util.Optional;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * InitProducerId, versions 0 to 5: a fresh producer id, with epoch 0, for each idempotent producer; for a transactional one
 * the id that belongs to its transactional id, with a greater epoch, by which all who used it before are fenced.
 *
 * <p>Left out, as in Kafka 4.3: to keep a prepared transaction (KIP-939), which gets UNSUPPORTED_VERSION.
 */
public final class InitProducerIdApi implements Api<InitProducerIdRequestData> {
    private static final long NO_PRODUCER_ID = -1;
    private static final short NO_EPOCH = -1;

    /** Before that, clients don't know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_WITH_PRODUCER_FENCED = 4;

    private final Topics topics;
    private final TransactionCoordinator coordinator;

    public InitProducerIdApi(Topics topics, TransactionCoordinator coordinator) {
        this.topics = topics;
        this.coordinator = coordinator;
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
        try {
            return request.transactionalId() == null
                    // Also for a producer that has an id already: its old one is no longer used (KIP-360).
                    ? new Answer.Now(new InitProducerIdResponseData().setProducerId(topics.nextProducerId()))
                    : transactional(request, context.apiVersion());
        } catch (KafkaStorageException e) {
            return refusal(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private Answer transactional(InitProducerIdRequestData request, short version) throws InterruptedException {
        Optional<ProducerIdAndEpoch> expected = request.producerId() == NO_PRODUCER_ID
                ? Optional.empty()
                : Optional.of(new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()));
        Initialized result = coordinator.initProducerId(
                request.transactionalId(),
                request.transactionTimeoutMs(),
                request.enable2Pc(),
                request.keepPreparedTxn(),
                expected);
        if (result.error() != Errors.NONE) {
            boolean isUnknownToClient =
                    result.error() == Errors.PRODUCER_FENCED && version < FIRST_WITH_PRODUCER_FENCED;
            return refusal(isUnknownToClient ? Errors.INVALID_PRODUCER_EPOCH : result.error());
        }
        return new Answer.Now(new InitProducerIdResponseData()
                .setProducerId(result.producerId())
                .setProducerEpoch(result.producerEpoch()));
    }

    private static Answer refusal(Errors error) {
        return new Answer.Now(new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(NO_PRODUCER_ID)
                .setProducerEpoch(NO_EPOCH));
    }
}
