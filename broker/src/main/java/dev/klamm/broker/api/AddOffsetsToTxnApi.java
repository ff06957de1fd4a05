package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * AddOffsetsToTxn, versions 0 to 4: the producer's transaction is about to commit offsets of a group, so the group's partition
 * of {@code __consumer_offsets} is part of it. From transaction version 2 on TxnOffsetCommit itself adds it.
 */
public final class AddOffsetsToTxnApi implements Api<AddOffsetsToTxnRequestData> {
    private static final short FIRST_WITH_PRODUCER_FENCED = 2;

    private final Topics topics;
    private final TransactionCoordinator coordinator;

    public AddOffsetsToTxnApi(Topics topics, TransactionCoordinator coordinator) {
        this.topics = topics;
        this.coordinator = coordinator;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.ADD_OFFSETS_TO_TXN;
    }

    @Override
    public Answer handle(AddOffsetsToTxnRequestData request, RequestContext context) throws InterruptedException {
        int index = GroupCoordinator.partitionOf(
                request.groupId(), topics.offsetsTopic().partitionCount());
        Errors error = coordinator.addPartitions(
                request.transactionalId(),
                request.producerId(),
                request.producerEpoch(),
                Set.of(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, index)),
                (short) 0);
        boolean isUnknownToClient =
                error == Errors.PRODUCER_FENCED && context.apiVersion() < FIRST_WITH_PRODUCER_FENCED;
        return new Answer.Now(new AddOffsetsToTxnResponseData()
                .setErrorCode((isUnknownToClient ? Errors.INVALID_PRODUCER_EPOCH : error).code()));
    }
}
