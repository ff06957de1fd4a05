package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.util.Optional;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DeleteRecords, versions 0 to 2: forgets what lies before an offset (KIP-107). It is durable when the answer leaves. */
public final class DeleteRecordsApi implements Api<DeleteRecordsRequestData> {
    private static final long TO_HIGH_WATERMARK = -1;
    private static final long NO_LOW_WATERMARK = -1;

    private final Topics topics;

    public DeleteRecordsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DELETE_RECORDS;
    }

    @Override
    public Answer handle(DeleteRecordsRequestData request, RequestContext context) throws InterruptedException {
        var response = new DeleteRecordsResponseData();
        for (DeleteRecordsTopic topic : request.topics()) {
            var result = new DeleteRecordsTopicResult().setName(topic.name());
            for (DeleteRecordsPartition partition : topic.partitions()) {
                result.partitions().add(delete(topic.name(), partition).setPartitionIndex(partition.partitionIndex()));
            }
            response.topics().add(result);
        }
        return new Answer.Now(response);
    }

    private DeleteRecordsPartitionResult delete(String topic, DeleteRecordsPartition partition)
            throws InterruptedException {
        Optional<PartitionLog> log = topics.log(topic, partition.partitionIndex());
        if (log.isEmpty()) {
            return refusal(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (Topic.isInternal(topic)) {
            return refusal(Errors.INVALID_TOPIC_EXCEPTION);
        }
        if (log.get().config().cleanup().compact()
                && !log.get().config().cleanup().delete()) {
            return refusal(Errors.POLICY_VIOLATION);
        }
        if (partition.offset() < TO_HIGH_WATERMARK) {
            return refusal(Errors.OFFSET_OUT_OF_RANGE);
        }
        try {
            return log.get()
                    .deleteRecordsBefore(partition.offset())
                    .map(logStartOffset -> new DeleteRecordsPartitionResult().setLowWatermark(logStartOffset))
                    .orElseGet(() -> refusal(Errors.OFFSET_OUT_OF_RANGE));
        } catch (Logs.JournalFailedException e) {
            return refusal(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private static DeleteRecordsPartitionResult refusal(Errors error) {
        return new DeleteRecordsPartitionResult().setErrorCode(error.code()).setLowWatermark(NO_LOW_WATERMARK);
    }
}
