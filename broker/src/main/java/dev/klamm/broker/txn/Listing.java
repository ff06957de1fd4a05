package dev.klamm.broker.txn;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Which transactional ids are asked for, and what is said of them (KIP-664).
 *
 * @param producerIds empty means any
 * @param statuses null means any; empty if only unknown ones were given, which nobody has
 * @param durationMs those that began longer ago than this, or never; negative means any
 */
record Listing(
        Set<Long> producerIds, @Nullable Set<TransactionStatus> statuses, long durationMs, Optional<Pattern> ids) {

    /** @throws PatternSyntaxException if the pattern is no regular expression */
    static Listing of(ListTransactionsRequestData request) {
        String pattern = request.transactionalIdPattern();
        return new Listing(
                Set.copyOf(request.producerIdFilters()),
                request.stateFilters().isEmpty() ? null : statuses(request),
                request.durationFilter(),
                pattern == null || pattern.isEmpty() ? Optional.empty() : Optional.of(Pattern.compile(pattern)));
    }

    private static Set<TransactionStatus> statuses(ListTransactionsRequestData request) {
        var statuses = new HashSet<TransactionStatus>();
        request.stateFilters().forEach(label -> TransactionStatus.byLabel(label).ifPresent(statuses::add));
        return statuses;
    }

    boolean includes(Transaction transaction, long nowMs) {
        return (producerIds.isEmpty() || producerIds.contains(transaction.producerId()))
                && (statuses == null || statuses.contains(transaction.status()))
                && (durationMs < 0 || nowMs - transaction.startMs() > durationMs)
                && ids.map(pattern -> pattern.matcher(transaction.id()).matches())
                        .orElse(true);
    }

    static ListTransactionsResponseData.TransactionState listed(Transaction transaction) {
        return new ListTransactionsResponseData.TransactionState()
                .setTransactionalId(transaction.id())
                .setProducerId(transaction.producerId())
                .setTransactionState(transaction.status().label());
    }

    static DescribeTransactionsResponseData.TransactionState described(Transaction transaction) {
        var described = new DescribeTransactionsResponseData.TransactionState()
                .setTransactionalId(transaction.id())
                .setProducerId(transaction.producerId())
                .setProducerEpoch(transaction.producerEpoch())
                .setTransactionState(transaction.status().label())
                .setTransactionTimeoutMs(transaction.timeoutMs())
                .setTransactionStartTimeMs(transaction.startMs());
        var byTopic = new TreeMap<String, TreeSet<Integer>>();
        for (TopicPartition partition : transaction.partitions()) {
            byTopic.computeIfAbsent(partition.topic(), _ -> new TreeSet<>()).add(partition.partition());
        }
        byTopic.forEach((topic, partitions) -> described
                .topics()
                .add(new TopicData()
                        .setTopic(topic)
                        .setPartitions(partitions.stream().toList())));
        return described;
    }

    static DescribeTransactionsResponseData.TransactionState undescribed(String transactionalId, Errors error) {
        return new DescribeTransactionsResponseData.TransactionState()
                .setTransactionalId(transactionalId)
                .setErrorCode(error.code());
    }
}
