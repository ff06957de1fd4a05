package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.PartitionLog;
import java.util.Optional;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetForLeaderEpoch, versions 2 to 4: where the epoch that a consumer read in ended, so that it sees whether what it
 * read is still there (KIP-320). -1 and -1 for an epoch that has not begun.
 */
public final class OffsetForLeaderEpochApi implements Api<OffsetForLeaderEpochRequestData> {
    private final Topics topics;

    public OffsetForLeaderEpochApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public Answer handle(OffsetForLeaderEpochRequestData request, RequestContext context) {
        var response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : request.topics()) {
            var result = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            for (OffsetForLeaderPartition partition : topic.partitions()) {
                result.partitions().add(find(topic.topic(), partition).setPartition(partition.partition()));
            }
            response.topics().add(result);
        }
        return new Answer.Now(response);
    }

    private EpochEndOffset find(String topic, OffsetForLeaderPartition partition) {
        Optional<PartitionLog> found = topics.log(topic, partition.partition());
        if (found.isEmpty()) {
            return new EpochEndOffset().setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
        PartitionLog log = found.get();
        Errors error = LeaderEpochs.check(log, partition.currentLeaderEpoch());
        if (error != Errors.NONE) {
            return new EpochEndOffset().setErrorCode(error.code());
        }
        return log.endOfEpoch(partition.leaderEpoch())
                .map(end ->
                        new EpochEndOffset().setLeaderEpoch(end.leaderEpoch()).setEndOffset(end.endOffset()))
                .orElseGet(EpochEndOffset::new);
    }
}
