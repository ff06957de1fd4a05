package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.CoordinatorRecord;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.PartitionsSchema;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code __transaction_state}, in Kafka's schemas:
 *
 * <pre>
 *   key     type (int16: 0 transaction), then TransactionLogKey in version 0: the transactional id
 *   value   version (int16: 1 from transaction.version 1 on, else 0), then TransactionLogValue; null is a tombstone
 * </pre>
 *
 * @param transaction null: the id is forgotten
 */
record TransactionRecord(String id, @Nullable Transaction transaction, short valueVersion)
        implements CoordinatorRecord {
    private static final short KEY_VERSION = 0;

    static TransactionRecord of(Transaction transaction, short valueVersion) {
        return new TransactionRecord(transaction.id(), transaction, valueVersion);
    }

    static TransactionRecord tombstone(String id) {
        return new TransactionRecord(id, null, (short) 0);
    }

    @Override
    public byte[] keyBytes() {
        return MessageUtil.toCoordinatorTypePrefixedBytes(new TransactionLogKey().setTransactionalId(id));
    }

    @Override
    public byte @Nullable [] valueBytes() {
        return transaction == null
                ? null
                : MessageUtil.toVersionPrefixedBytes(valueVersion, value(transaction, valueVersion));
    }

    private static TransactionLogValue value(Transaction transaction, short valueVersion) {
        var value = new TransactionLogValue()
                .setProducerId(transaction.producerId())
                .setProducerEpoch(transaction.producerEpoch())
                .setTransactionTimeoutMs(transaction.timeoutMs())
                .setTransactionStatus(transaction.status().id())
                .setTransactionPartitions(partitions(transaction))
                .setTransactionLastUpdateTimestampMs(transaction.lastUpdateMs())
                .setTransactionStartTimestampMs(transaction.startMs());
        if (valueVersion > 0) {
            value.setPreviousProducerId(transaction.previousProducerId())
                    .setNextProducerId(transaction.nextProducerId())
                    .setClientTransactionVersion(transaction.clientVersion());
        }
        return value;
    }

    /** By topic; null where there can be none. */
    private static @Nullable List<PartitionsSchema> partitions(Transaction transaction) {
        if (transaction.status() == TransactionStatus.EMPTY) {
            return null;
        }
        Map<String, List<Integer>> byTopic = transaction.partitions().stream()
                .collect(Collectors.groupingBy(
                        TopicPartition::topic,
                        TreeMap::new,
                        Collectors.mapping(TopicPartition::partition, Collectors.toList())));
        return byTopic.entrySet().stream()
                .map(topic -> new PartitionsSchema()
                        .setTopic(topic.getKey())
                        .setPartitionIds(topic.getValue().stream().sorted().toList()))
                .toList();
    }

    /**
     * Reads what {@link #keyBytes} and {@link #valueBytes} wrote.
     *
     * @return empty for a type, a version or a status that Kafka 4.3 doesn't know: what a later one left behind
     * @throws RuntimeException if the bytes are not what their type and version say
     */
    static Optional<TransactionRecord> read(ByteBuffer key, @Nullable ByteBuffer value) {
        if (key.getShort() != CoordinatorRecordType.TRANSACTION_LOG.id()) {
            return Optional.empty();
        }
        String id = new TransactionLogKey(new ByteBufferAccessor(key), KEY_VERSION).transactionalId();
        if (value == null) {
            return Optional.of(tombstone(id));
        }
        short version = value.getShort();
        if (version < TransactionLogValue.LOWEST_SUPPORTED_VERSION
                || version > TransactionLogValue.HIGHEST_SUPPORTED_VERSION) {
            return Optional.empty();
        }
        var message = new TransactionLogValue(new ByteBufferAccessor(value), version);
        return TransactionStatus.byId(message.transactionStatus())
                .map(status -> of(transaction(id, status, message), version));
    }

    private static Transaction transaction(String id, TransactionStatus status, TransactionLogValue value) {
        return new Transaction(
                id,
                value.producerId(),
                value.previousProducerId(),
                value.nextProducerId(),
                value.producerEpoch(),
                Transaction.NO_EPOCH,
                value.transactionTimeoutMs(),
                status,
                partitions(value),
                value.transactionStartTimestampMs(),
                value.transactionLastUpdateTimestampMs(),
                value.clientTransactionVersion());
    }

    private static Set<TopicPartition> partitions(TransactionLogValue value) {
        var partitions = new HashSet<TopicPartition>();
        if (value.transactionPartitions() != null) {
            for (PartitionsSchema topic : value.transactionPartitions()) {
                topic.partitionIds().forEach(p -> partitions.add(new TopicPartition(topic.topic(), p)));
            }
        }
        return partitions;
    }
}
