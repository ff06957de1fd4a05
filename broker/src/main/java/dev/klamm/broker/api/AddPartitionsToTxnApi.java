package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * AddPartitionsToTxn, versions 0 to 5. Up to 3 a producer says which partitions its transaction is about to write to, all or
 * none of which are added. From 4 on it is what brokers send each other, for many transactions at once, and may ask whether
 * the partitions are part of them; a single broker has nobody to send it to, but answers it.
 */
public final class AddPartitionsToTxnApi implements Api<AddPartitionsToTxnRequestData> {
    private static final short FIRST_WITH_PRODUCER_FENCED = 2;
    private static final short FIRST_OF_BROKERS = 4;

    private final Topics topics;
    private final TransactionCoordinator coordinator;

    public AddPartitionsToTxnApi(Topics topics, TransactionCoordinator coordinator) {
        this.topics = topics;
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.ADD_PARTITIONS_TO_TXN;
    }

    @Override
    public Answer handle(AddPartitionsToTxnRequestData request, RequestContext context) throws InterruptedException {
        short version = context.apiVersion();
        var response = new AddPartitionsToTxnResponseData();
        if (version < FIRST_OF_BROKERS) {
            response.setResultsByTopicV3AndBelow(results(asTransaction(request), version));
            return new Answer.Now(response);
        }
        for (AddPartitionsToTxnTransaction transaction : request.transactions()) {
            response.resultsByTransaction()
                    .add(new AddPartitionsToTxnResult()
                            .setTransactionalId(transaction.transactionalId())
                            .setTopicResults(results(transaction, version)));
        }
        return new Answer.Now(response);
    }

    private static AddPartitionsToTxnTransaction asTransaction(AddPartitionsToTxnRequestData request) {
        return new AddPartitionsToTxnTransaction()
                .setTransactionalId(request.v3AndBelowTransactionalId())
                .setProducerId(request.v3AndBelowProducerId())
                .setProducerEpoch(request.v3AndBelowProducerEpoch())
                .setTopics(request.v3AndBelowTopics());
    }

    private AddPartitionsToTxnTopicResultCollection results(AddPartitionsToTxnTransaction transaction, short version)
            throws InterruptedException {
        Set<TopicPartition> wanted = partitions(transaction);
        Map<TopicPartition, Errors> unknown = unknown(wanted);
        if (!unknown.isEmpty()) {
            return results(wanted, unknown, Errors.OPERATION_NOT_ATTEMPTED);
        }
        if (transaction.verifyOnly()) {
            Map<TopicPartition, Errors> verified = coordinator.verifyPartitions(
                    transaction.transactionalId(), transaction.producerId(), transaction.producerEpoch(), wanted);
            return results(wanted, verified, Errors.NONE);
        }
        Errors error = coordinator.addPartitions(
                transaction.transactionalId(), transaction.producerId(), transaction.producerEpoch(), wanted, (short)
                        (version < FIRST_OF_BROKERS ? 0 : 2));
        boolean isUnknownToClient = error == Errors.PRODUCER_FENCED && version < FIRST_WITH_PRODUCER_FENCED;
        return results(wanted, Map.of(), isUnknownToClient ? Errors.INVALID_PRODUCER_EPOCH : error);
    }

    private static Set<TopicPartition> partitions(AddPartitionsToTxnTransaction transaction) {
        var partitions = new HashSet<TopicPartition>();
        for (AddPartitionsToTxnTopic topic : transaction.topics()) {
            topic.partitions().forEach(partition -> partitions.add(new TopicPartition(topic.name(), partition)));
        }
        return partitions;
    }

    private Map<TopicPartition, Errors> unknown(Set<TopicPartition> partitions) {
        var unknown = new HashMap<TopicPartition, Errors>();
        for (TopicPartition partition : partitions) {
            if (topics.log(partition.topic(), partition.partition()).isEmpty()) {
                unknown.put(partition, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        return unknown;
    }

    private static AddPartitionsToTxnTopicResultCollection results(
            Set<TopicPartition> partitions, Map<TopicPartition, Errors> errors, Errors otherwise) {
        var results = new AddPartitionsToTxnTopicResultCollection();
        for (TopicPartition partition : partitions) {
            AddPartitionsToTxnTopicResult topic = results.find(partition.topic());
            if (topic == null) {
                topic = new AddPartitionsToTxnTopicResult().setName(partition.topic());
                results.add(topic);
            }
            topic.resultsByPartition()
                    .add(new AddPartitionsToTxnPartitionResult()
                            .setPartitionIndex(partition.partition())
                            .setPartitionErrorCode(
                                    errors.getOrDefault(partition, otherwise).code()));
        }
        return results;
    }
}
