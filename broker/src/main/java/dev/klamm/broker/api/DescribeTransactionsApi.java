package dev.klamm.broker.api;

import dev.klamm.broker.txn.TransactionCoordinator;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** DescribeTransactions, version 0 (KIP-664). */
public final class DescribeTransactionsApi implements Api<DescribeTransactionsRequestData> {
    private final TransactionCoordinator coordinator;

    public DescribeTransactionsApi(TransactionCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_TRANSACTIONS;
    }

    @Override
    public Answer handle(DescribeTransactionsRequestData request, RequestContext context) throws InterruptedException {
        var response = new DescribeTransactionsResponseData();
        for (String transactionalId : request.transactionalIds()) {
            response.transactionStates().add(coordinator.describeTransaction(transactionalId));
        }
        return new Answer.Now(response);
    }
}
