package dev.klamm.broker.api;

import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog.EndTransaction;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * WriteTxnMarkers, versions 1 and 2. Between Kafka's brokers it is how a coordinator ends transactions; here the coordinator
 * writes markers by itself, and who sends this is an administrator who ends a hanging transaction (KIP-664).
 */
public final class WriteTxnMarkersApi implements Api<WriteTxnMarkersRequestData> {
    private static final long NO_LSN = -1;

    private final TransactionCoordinator coordinator;
    private final Logs logs;

    public WriteTxnMarkersApi(TransactionCoordinator coordinator, Logs logs) {
        this.coordinator = coordinator;
        this.logs = logs;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.WRITE_TXN_MARKERS;
    }

    @Override
    public Answer handle(WriteTxnMarkersRequestData request, RequestContext context) {
        var response = new WriteTxnMarkersResponseData();
        long lastLsn = NO_LSN;
        for (WritableTxnMarker marker : request.markers()) {
            var result = new WritableTxnMarkerResult().setProducerId(marker.producerId());
            for (WritableTxnMarkerTopic topic : marker.topics()) {
                var topicResult = new WritableTxnMarkerTopicResult().setName(topic.name());
                for (int partition : topic.partitionIndexes()) {
                    Written written = write(new TopicPartition(topic.name(), partition), marker);
                    lastLsn = Math.max(lastLsn, written.lsn());
                    topicResult
                            .partitions()
                            .add(new WritableTxnMarkerPartitionResult()
                                    .setPartitionIndex(partition)
                                    .setErrorCode(written.error().code()));
                }
                result.topics().add(topicResult);
            }
            response.markers().add(result);
        }
        long lsn = lastLsn;
        return lsn == NO_LSN ? new Answer.Now(response) : new Answer.Later(() -> synced(response, lsn));
    }

    private record Written(Errors error, long lsn) {}

    private Written write(TopicPartition partition, WritableTxnMarker marker) {
        if (marker.producerId() < 0 || marker.producerEpoch() < 0) {
            // Differs from Kafka: which says UNKNOWN_SERVER_ERROR.
            return new Written(Errors.INVALID_REQUEST, NO_LSN);
        }
        Optional<AppendResult> result = coordinator.writeMarker(
                partition,
                new EndTransaction(
                        marker.producerId(),
                        marker.producerEpoch(),
                        marker.coordinatorEpoch(),
                        marker.transactionResult(),
                        marker.transactionVersion()));
        if (result.isEmpty()) {
            return new Written(Errors.UNKNOWN_TOPIC_OR_PARTITION, NO_LSN);
        }
        return switch (result.get()) {
            case AppendResult.Appended appended -> new Written(Errors.NONE, appended.lsn());
            case AppendResult.Duplicate duplicate -> new Written(Errors.NONE, duplicate.lsn());
            case AppendResult.Rejected rejected -> new Written(AppendErrors.of(rejected.reason()), NO_LSN);
        };
    }

    private WriteTxnMarkersResponseData synced(WriteTxnMarkersResponseData response, long lsn)
            throws InterruptedException {
        try {
            logs.awaitSynced(lsn);
        } catch (Logs.JournalFailedException failed) {
            response.markers()
                    .forEach(marker -> marker.topics()
                            .forEach(topic -> topic.partitions()
                                    .forEach(partition -> partition.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code()))));
        }
        return response;
    }
}
