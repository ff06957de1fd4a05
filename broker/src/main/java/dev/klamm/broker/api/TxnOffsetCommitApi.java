package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * TxnOffsetCommit, versions 0 to 5: offsets that count when a transaction commits. Up to version 4 the client has added the
 * group's partition of {@code __consumer_offsets} to its transaction with AddOffsetsToTxn, which is verified; from version 5
 * on it is added here (KIP-890).
 */
public final class TxnOffsetCommitApi implements Api<TxnOffsetCommitRequestData> {
    private static final short FIRST_WITH_ABORTABLE = 4;
    private static final short FIRST_THAT_ADDS = 5;

    private final GroupCoordinator groups;
    private final TransactionCoordinator transactions;
    private final Topics topics;

    public TxnOffsetCommitApi(GroupCoordinator groups, TransactionCoordinator transactions, Topics topics) {
        this.groups = groups;
        this.transactions = transactions;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.TXN_OFFSET_COMMIT;
    }

    @Override
    public Answer handle(TxnOffsetCommitRequestData request, RequestContext context) throws InterruptedException {
        var response = new Merged();
        var existing = new ArrayList<TxnOffsetCommitRequestTopic>();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            separate(topic, existing, response);
        }
        if (!existing.isEmpty()) {
            short version = context.apiVersion();
            response.addAll(groups.commitOffsetsInTransaction(
                    request.duplicate().setTopics(existing),
                    version >= FIRST_THAT_ADDS,
                    offsets -> check(request, offsets, version)));
        }
        return new Answer.Now(response.data);
    }

    /** Whether the transaction is open and the group's partition is part of it, in words that this version knows. */
    private Errors check(TxnOffsetCommitRequestData request, TopicPartition offsets, short version)
            throws InterruptedException {
        Errors error = transactions.addOrVerify(
                request.transactionalId(),
                request.producerId(),
                request.producerEpoch(),
                List.of(offsets),
                version >= FIRST_THAT_ADDS);
        boolean isUnknownToClient = error == Errors.TRANSACTION_ABORTABLE && version < FIRST_WITH_ABORTABLE;
        return isUnknownToClient ? Errors.INVALID_TXN_STATE : error;
    }

    /** Puts the partitions that there are into {@code existing}, and the others into the response. */
    private void separate(
            TxnOffsetCommitRequestTopic asked, List<TxnOffsetCommitRequestTopic> existing, Merged response) {
        int partitionCount =
                topics.byName(asked.name()).map(Topic::partitionCount).orElse(0);
        var found = new TxnOffsetCommitRequestTopic().setName(asked.name());
        for (TxnOffsetCommitRequestPartition partition : asked.partitions()) {
            int index = partition.partitionIndex();
            if (index >= 0 && index < partitionCount) {
                found.partitions().add(partition);
            } else {
                response.topic(asked.name())
                        .partitions()
                        .add(new TxnOffsetCommitResponsePartition()
                                .setPartitionIndex(index)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
            }
        }
        if (!found.partitions().isEmpty()) {
            existing.add(found);
        }
    }

    /** The response, in which a topic stands once though its partitions were answered in different places. */
    private static final class Merged {
        private final TxnOffsetCommitResponseData data = new TxnOffsetCommitResponseData();
        private final Map<String, TxnOffsetCommitResponseTopic> byName = new LinkedHashMap<>();

        void addAll(TxnOffsetCommitResponseData answered) {
            answered.topics().forEach(topic -> topic(topic.name()).partitions().addAll(topic.partitions()));
        }

        TxnOffsetCommitResponseTopic topic(String name) {
            return byName.computeIfAbsent(name, it -> {
                var topic = new TxnOffsetCommitResponseTopic().setName(it);
                data.topics().add(topic);
                return topic;
            });
        }
    }
}
