package dev.klamm.broker.api;

import dev.klamm.broker.txn.TransactionCoordinator;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * ListTransactions, versions 0 to 2 (KIP-664): by producer id and state, from 1 on by how long they run (KIP-994), from 2 on by
 * a regular expression on the transactional id (KIP-1152).
 */
public final class ListTransactionsApi implements Api<ListTransactionsRequestData> {
    private final TransactionCoordinator coordinator;

    public ListTransactionsApi(TransactionCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_TRANSACTIONS;
    }

    @Override
    public Answer handle(ListTransactionsRequestData request, RequestContext context) throws InterruptedException {
        return new Answer.Now(coordinator.listTransactions(request));
    }
}
