package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.DamagedLogException;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ListOffsets, versions 1 to 11: the offset of the first record at or after a time, or one of the special ones that are
 * asked for by a negative time. Nothing is ever in remote storage: what is asked about it is -1, as with Kafka.
 */
public final class ListOffsetsApi implements Api<ListOffsetsRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsApi.class);
    private static final int CONSUMER = -1;
    private static final TimestampedOffset NONE = new TimestampedOffset(-1, -1);

    private final Topics topics;

    public ListOffsetsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_OFFSETS;
    }

    @Override
    public Answer handle(ListOffsetsRequestData request, RequestContext context) {
        var response = new ListOffsetsResponseData();
        Set<TopicPartition> duplicates = duplicates(request);
        for (ListOffsetsTopic topic : request.topics()) {
            var topicResponse = new ListOffsetsTopicResponse().setName(topic.name());
            for (ListOffsetsPartition partition : topic.partitions()) {
                boolean isDuplicate = duplicates.contains(new TopicPartition(topic.name(), partition.partitionIndex()));
                topicResponse
                        .partitions()
                        .add(
                                isDuplicate
                                        ? refusal(partition, Errors.INVALID_REQUEST)
                                        : find(topic.name(), partition, request, context.apiVersion()));
            }
            response.topics().add(topicResponse);
        }
        return new Answer.Now(response);
    }

    private static Set<TopicPartition> duplicates(ListOffsetsRequestData request) {
        var seen = new HashSet<TopicPartition>();
        var duplicates = new HashSet<TopicPartition>();
        for (ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsPartition partition : topic.partitions()) {
                var key = new TopicPartition(topic.name(), partition.partitionIndex());
                if (!seen.add(key)) {
                    duplicates.add(key);
                }
            }
        }
        return duplicates;
    }

    private ListOffsetsPartitionResponse find(
            String topic, ListOffsetsPartition partition, ListOffsetsRequestData request, short version) {
        if (partition.timestamp() < 0 && version < firstVersionOf(partition.timestamp())) {
            return refusal(partition, Errors.UNSUPPORTED_VERSION);
        }
        Optional<PartitionLog> log = topics.log(topic, partition.partitionIndex());
        if (log.isEmpty()) {
            return refusal(partition, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        Errors epochError = LeaderEpochs.check(log.get(), partition.currentLeaderEpoch());
        if (epochError != Errors.NONE) {
            return refusal(partition, epochError);
        }
        TimestampedOffset found;
        try {
            found = find(log.get(), partition.timestamp(), endFor(request, log.get()));
        } catch (UncheckedIOException failure) {
            LOG.error("Offsets of {} can't be told: {}", log.get().id(), failure.getMessage());
            boolean isDamaged = failure.getCause() instanceof DamagedLogException;
            return refusal(partition, isDamaged ? Errors.CORRUPT_MESSAGE : Errors.KAFKA_STORAGE_ERROR);
        }
        var response = refusal(partition, Errors.NONE)
                .setTimestamp(found.timestampMs())
                .setOffset(found.offset());
        return version < 4 || found.offset() < 0
                ? response
                : response.setLeaderEpoch(LeaderEpochs.at(log.get(), found.offset()));
    }

    /** From which version on this negative time has a meaning. */
    private static short firstVersionOf(long timestamp) {
        return switch ((int) Math.max(timestamp, Integer.MIN_VALUE)) {
            case (int) ListOffsetsRequest.EARLIEST_TIMESTAMP, (int) ListOffsetsRequest.LATEST_TIMESTAMP -> 1;
            case (int) ListOffsetsRequest.MAX_TIMESTAMP -> 7;
            case (int) ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP -> 8;
            case (int) ListOffsetsRequest.LATEST_TIERED_TIMESTAMP -> 9;
            case (int) ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP -> 11;
            default -> Short.MAX_VALUE;
        };
    }

    /** Exclusive bound of what the one who asks may see. */
    private static long endFor(ListOffsetsRequestData request, PartitionLog log) {
        if (request.replicaId() != CONSUMER) {
            return log.logEndOffset();
        }
        boolean isReadCommitted = request.isolationLevel() == IsolationLevel.READ_COMMITTED.id();
        return isReadCommitted ? log.lastStableOffset() : log.highWatermark();
    }

    private static TimestampedOffset find(PartitionLog log, long timestamp, long endOffset) {
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return new TimestampedOffset(-1, endOffset);
        }
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return new TimestampedOffset(-1, log.logStartOffset());
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
            return NONE;
        }
        Optional<TimestampedOffset> found =
                timestamp == ListOffsetsRequest.MAX_TIMESTAMP ? log.maxTimestamp() : log.firstAtOrAfter(timestamp);
        return found.filter(record -> record.offset() < endOffset).orElse(NONE);
    }

    private static ListOffsetsPartitionResponse refusal(ListOffsetsPartition partition, Errors error) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(error.code());
    }
}
