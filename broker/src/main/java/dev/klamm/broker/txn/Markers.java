package dev.klamm.broker.txn;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.AppendResult;
import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.EndTransaction;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the control batches by which a transaction ends in each of its partitions. Waits for no disk. */
final class Markers {
    private static final Logger LOG = LoggerFactory.getLogger(Markers.class);

    private final Topics topics;
    private final OffsetMarkers offsets;

    Markers(Topics topics, OffsetMarkers offsets) {
        this.topics = topics;
        this.offsets = offsets;
    }

    /** Returns the partitions that could not take theirs now, and are to be tried again. */
    Set<TopicPartition> write(Transaction prepared, int coordinatorEpoch) {
        var marker = new EndTransaction(
                prepared.producerId(),
                prepared.producerEpoch(),
                coordinatorEpoch,
                prepared.isCommit(),
                prepared.clientVersion());
        var failed = new HashSet<TopicPartition>();
        for (TopicPartition partition : prepared.partitions()) {
            Optional<AppendResult> result = writeAsTheOnlyCoordinator(partition, marker);
            if (result.isPresent() && result.get() instanceof AppendResult.Rejected rejected) {
                LOG.warn(
                        "{} does not take the {} marker of transactional id {}: {}",
                        partition,
                        prepared.isCommit() ? "commit" : "abort",
                        prepared.id(),
                        rejected.message());
                if (isToBeRetried(rejected.reason())) {
                    failed.add(partition);
                }
            }
        }
        return failed;
    }

    /**
     * A log may have heard of a later coordinator: one of before {@code __transaction_state} was deleted and made anew. There is
     * none beside this one, so its word counts. Differs from Kafka: which leaves the transaction hanging.
     */
    private Optional<AppendResult> writeAsTheOnlyCoordinator(TopicPartition partition, EndTransaction marker) {
        Optional<AppendResult> result = write(partition, marker);
        boolean isFenced = result.isPresent()
                && result.get() instanceof AppendResult.Rejected rejected
                && rejected.reason() == Reason.TRANSACTION_COORDINATOR_FENCED;
        return isFenced ? write(partition, ofLatestCoordinator(partition, marker)) : result;
    }

    private EndTransaction ofLatestCoordinator(TopicPartition partition, EndTransaction marker) {
        int epoch = topics.log(partition.topic(), partition.partition()).stream()
                .flatMap(log -> log.activeProducers().stream())
                .filter(producer -> producer.producerId() == marker.producerId())
                .mapToInt(PartitionLog.ActiveProducer::coordinatorEpoch)
                .max()
                .orElse(marker.coordinatorEpoch());
        return new EndTransaction(
                marker.producerId(), marker.producerEpoch(), epoch, marker.isCommit(), marker.transactionVersion());
    }

    /**
     * Empty if there is no such partition, be it that its topic was deleted in the middle of the transaction: there is nothing to
     * end.
     */
    Optional<AppendResult> write(TopicPartition partition, EndTransaction marker) {
        Optional<PartitionLog> log = topics.log(partition.topic(), partition.partition());
        return log.map(found -> partition.topic().equals(Topic.GROUP_METADATA_TOPIC_NAME)
                ? offsets.endTransaction(partition.partition(), marker)
                : found.endTransaction(marker));
    }

    /**
     * A partition whose producer has a greater epoch has nothing open of this transaction. Differs from Kafka: which leaves the
     * whole transaction as it is then.
     */
    private static boolean isToBeRetried(Reason reason) {
        return switch (reason) {
            case INVALID_PRODUCER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION -> false;
            default -> true;
        };
    }
}
