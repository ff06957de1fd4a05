package dev.klamm.broker.api;

import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.broker.txn.TransactionCoordinator.Ended;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * EndTxn, versions 0 to 5. By 5 a client says that it works by transaction version 2 (KIP-890): the end raises the producer's
 * epoch, and the answer says to what.
 */
public final class EndTxnApi implements Api<EndTxnRequestData> {
    /** Before that, clients don't know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_WITH_PRODUCER_FENCED = 2;

    private static final short FIRST_OF_TRANSACTION_VERSION_2 = 5;

    private final TransactionCoordinator coordinator;

    public EndTxnApi(TransactionCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.END_TXN;
    }

    @Override
    public Answer handle(EndTxnRequestData request, RequestContext context) throws InterruptedException {
        Ended ended = coordinator.endTransaction(
                request.transactionalId(), request.producerId(), request.producerEpoch(), request.committed(), (short)
                        (context.apiVersion() >= FIRST_OF_TRANSACTION_VERSION_2 ? 2 : 0));
        boolean isUnknownToClient =
                ended.error() == Errors.PRODUCER_FENCED && context.apiVersion() < FIRST_WITH_PRODUCER_FENCED;
        Errors error = isUnknownToClient ? Errors.INVALID_PRODUCER_EPOCH : ended.error();
        return new Answer.Now(new EndTxnResponseData()
                .setErrorCode(error.code())
                .setProducerId(ended.producerId())
                .setProducerEpoch(ended.producerEpoch()));
    }
}
