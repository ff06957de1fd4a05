package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.TransactionalProducer;
import dev.klamm.broker.topic.Topic;
import dev.klamm.log.Verification;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Offsets that a producer commits with its transaction (KIP-98, KIP-447): records like those of any commit, but in the
 * producer's transaction, so that they count from its commit marker on, and never if it aborts.
 */
final class TransactionalCommits {

    private TransactionalCommits() {}

    /**
     * @param request of topics and partitions that exist, in a transaction that the log is a part of
     * @param ticket to begin the transaction with in the log; null if it is open there
     */
    static TxnOffsetCommitResponseData commit(
            TxnOffsetCommitRequestData request, @Nullable Verification ticket, Step step) {
        Errors error = validate(request, step);
        if (error != Errors.NONE) {
            return error(request, error);
        }
        step.inTransaction(new TransactionalProducer(request.producerId(), request.producerEpoch()), ticket);
        var response = new TxnOffsetCommitResponseData();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            var topicResponse = new TxnOffsetCommitResponseTopic().setName(topic.name());
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                topicResponse.partitions().add(answer(partition, commit(topic.name(), partition, step)));
            }
            response.topics().add(topicResponse);
        }
        return response;
    }

    private static Errors validate(TxnOffsetCommitRequestData request, Step step) {
        var committer = Committer.of(request);
        GroupState state = step.group().state();
        Errors error = state.validateCommit(committer);
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            Topic known = step.cluster().topic(topic.name());
            Uuid id = known == null ? Uuid.ZERO_UUID : known.id();
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                if (error == Errors.NONE) {
                    error = state.validateOffset(committer, id, partition.partitionIndex());
                }
            }
        }
        return error;
    }

    private static Errors commit(String topic, TxnOffsetCommitRequestPartition partition, Step step) {
        String metadata = partition.committedMetadata();
        if (metadata != null && metadata.length() > step.config().offsetMetadataMaxBytes()) {
            return Errors.OFFSET_METADATA_TOO_LARGE;
        }
        var offset = CommittedOffset.of(partition, step.now().wallMs());
        step.record(GroupRecord.of(step.group().id(), topic, partition.partitionIndex(), offset));
        return Errors.NONE;
    }

    static TxnOffsetCommitResponseData error(TxnOffsetCommitRequestData request, Errors error) {
        var response = new TxnOffsetCommitResponseData();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            var topicResponse = new TxnOffsetCommitResponseTopic().setName(topic.name());
            topic.partitions().forEach(partition -> topicResponse.partitions().add(answer(partition, error)));
            response.topics().add(topicResponse);
        }
        return response;
    }

    private static TxnOffsetCommitResponsePartition answer(TxnOffsetCommitRequestPartition partition, Errors error) {
        return new TxnOffsetCommitResponsePartition()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(error.code());
    }
}
