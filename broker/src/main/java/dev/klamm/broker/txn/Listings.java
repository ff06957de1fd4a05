package dev.klamm.broker.txn;

import dev.klamm.broker.txn.TransactionPartitions.Partition;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;

/** What is said of transactions to those who ask (KIP-664). */
record Listings(TransactionPartitions partitions) {

    DescribeTransactionsResponseData.TransactionState describe(String transactionalId) throws InterruptedException {
        if (transactionalId.isEmpty()) {
            return Listing.undescribed(transactionalId, Errors.INVALID_REQUEST);
        }
        Optional<Partition> found = partitions.of(transactionalId);
        if (found.isEmpty()) {
            return Listing.undescribed(transactionalId, Errors.NOT_COORDINATOR);
        }
        return found.get()
                .shell()
                .read(
                        transactions -> describe(transactionalId, transactions),
                        error -> Listing.undescribed(transactionalId, error));
    }

    private static DescribeTransactionsResponseData.TransactionState describe(
            String transactionalId, Transactions transactions) {
        Transaction known = transactions.find(transactionalId);
        return known == null
                ? Listing.undescribed(transactionalId, Errors.TRANSACTIONAL_ID_NOT_FOUND)
                : Listing.described(known);
    }

    ListTransactionsResponseData list(ListTransactionsRequestData request) throws InterruptedException {
        var response = new ListTransactionsResponseData();
        request.stateFilters().stream()
                .filter(label -> TransactionStatus.byLabel(label).isEmpty())
                .forEach(response.unknownStateFilters()::add);
        try {
            Listing listing = Listing.of(request);
            for (Partition partition : partitions.all()) {
                Errors error = list(partition, listing, response);
                if (error != Errors.NONE) {
                    return new ListTransactionsResponseData().setErrorCode(error.code());
                }
            }
            return response;
        } catch (PatternSyntaxException invalid) {
            return new ListTransactionsResponseData().setErrorCode(Errors.INVALID_REGULAR_EXPRESSION.code());
        }
    }

    private static Errors list(Partition partition, Listing listing, ListTransactionsResponseData response)
            throws InterruptedException {
        long nowMs = System.currentTimeMillis();
        return partition
                .shell()
                .read(
                        transactions -> {
                            transactions.all().stream()
                                    .filter(transaction -> listing.includes(transaction, nowMs))
                                    .map(Listing::listed)
                                    .forEach(response.transactionStates()::add);
                            return Errors.NONE;
                        },
                        Function.identity());
    }
}
