package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.Verification;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one Produce request that are part of a transaction (KIP-98, KIP-890). Those that would be the first of it in
 * their log get a ticket, and the coordinator is asked whether their partitions are part of the transaction: from version 12
 * on the write itself adds them. What the coordinator refuses is not appended.
 *
 * <pre>
 *   of a batch     16  magic (int8)      21  attributes (int16; 0x10 transactional)
 *                  43  producer id (int64)     51  producer epoch (int16)     53  base sequence (int32)
 * </pre>
 */
final class TransactionalWrites {
    /** From here on clients know TRANSACTION_ABORTABLE (KIP-890). */
    private static final short FIRST_VERSION_WITH_ABORTABLE = 11;

    /** From here on a write adds its partition to the transaction. */
    private static final short FIRST_VERSION_THAT_ADDS = 12;

    private static final int MAGIC_POSITION = 16;
    private static final int ATTRIBUTES_POSITION = 21;
    private static final int TRANSACTIONAL_MASK = 0x10;
    private static final int PRODUCER_ID_POSITION = 43;
    private static final int PRODUCER_EPOCH_POSITION = 51;
    private static final int BASE_SEQUENCE_POSITION = 53;

    private final TransactionCoordinator coordinator;
    private final @Nullable String transactionalId;
    private final short version;
    private final IdentityHashMap<PartitionProduceData, Write> writes = new IdentityHashMap<>();

    /** Whose batch it is, and what it needs to be appended. */
    private record Write(
            TopicPartition partition, Batch batch, @Nullable Verification ticket, Errors error) {}

    private record Batch(long producerId, short producerEpoch, int baseSequence) {}

    /**
     * @param transactionalId as the request gives it; null if it gives none
     * @param version of the Produce request
     */
    TransactionalWrites(TransactionCoordinator coordinator, @Nullable String transactionalId, short version) {
        this.coordinator = coordinator;
        this.transactionalId = transactionalId;
        this.version = version;
    }

    /** Whether the first batch is part of a transaction; nobody has checked it yet. */
    static boolean isTransactional(PartitionProduceData partition) {
        return firstBatch(partition).isPresent();
    }

    private static Optional<Batch> firstBatch(PartitionProduceData partition) {
        if (!(partition.records() instanceof MemoryRecords records)) {
            return Optional.empty();
        }
        ByteBuffer bytes = records.buffer();
        int at = bytes.position();
        boolean isTransactional = bytes.remaining() >= BASE_SEQUENCE_POSITION + Integer.BYTES
                && bytes.get(at + MAGIC_POSITION) == RecordBatch.CURRENT_MAGIC_VALUE
                && (bytes.getShort(at + ATTRIBUTES_POSITION) & TRANSACTIONAL_MASK) != 0;
        return isTransactional
                ? Optional.of(new Batch(
                        bytes.getLong(at + PRODUCER_ID_POSITION),
                        bytes.getShort(at + PRODUCER_EPOCH_POSITION),
                        bytes.getInt(at + BASE_SEQUENCE_POSITION)))
                : Optional.empty();
    }

    /** Takes a ticket for what the log has not seen of the transaction yet. */
    void add(Topic topic, PartitionProduceData partition, PartitionLog log) {
        firstBatch(partition).ifPresent(batch -> {
            Optional<Verification> ticket = log.beginVerification(
                    batch.producerId(),
                    batch.producerEpoch(),
                    batch.baseSequence(),
                    version >= FIRST_VERSION_THAT_ADDS);
            var at = new TopicPartition(topic.name(), partition.index());
            writes.put(partition, new Write(at, batch, ticket.orElse(null), Errors.NONE));
        });
    }

    /** Asks the coordinator about all that have a ticket. */
    void verify() throws InterruptedException {
        if (transactionalId == null) {
            writes.replaceAll((partition, write) -> refused(write, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
        } else if (hasSeveralProducers()) {
            writes.replaceAll((partition, write) -> refused(write, Errors.INVALID_PRODUCER_ID_MAPPING));
        } else if (version >= FIRST_VERSION_THAT_ADDS) {
            verify(transactionalId, List.copyOf(writes.values()));
        } else {
            for (Write write : List.copyOf(writes.values())) {
                verify(transactionalId, List.of(write));
            }
        }
    }

    private boolean hasSeveralProducers() {
        Set<Batch> producers = new HashSet<>();
        writes.values()
                .forEach(write -> producers.add(
                        new Batch(write.batch().producerId(), write.batch().producerEpoch(), 0)));
        return producers.size() > 1;
    }

    /** All of them or none. */
    private void verify(String transactionalId, Collection<Write> together) throws InterruptedException {
        List<TopicPartition> partitions = together.stream()
                .filter(write -> write.ticket() != null)
                .map(Write::partition)
                .toList();
        if (partitions.isEmpty()) {
            return;
        }
        Batch batch = together.iterator().next().batch();
        Errors error = coordinator.addOrVerify(
                transactionalId,
                batch.producerId(),
                batch.producerEpoch(),
                partitions,
                version >= FIRST_VERSION_THAT_ADDS);
        if (error != Errors.NONE) {
            writes.replaceAll((_, write) -> partitions.contains(write.partition()) ? refused(write, error) : write);
        }
    }

    private Write refused(Write write, Errors error) {
        return new Write(write.partition(), write.batch(), null, known(error));
    }

    /** As what the client's version knows, and tries again if that is what is to be done. */
    private Errors known(Errors error) {
        return switch (error) {
            case TRANSACTION_ABORTABLE -> version < FIRST_VERSION_WITH_ABORTABLE ? Errors.INVALID_TXN_STATE : error;
            case CONCURRENT_TRANSACTIONS -> version < FIRST_VERSION_THAT_ADDS ? Errors.NOT_ENOUGH_REPLICAS : error;
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS -> Errors.NOT_ENOUGH_REPLICAS;
            default -> error;
        };
    }

    /** Why the write of this partition must not be appended, or NONE. */
    Errors error(PartitionProduceData partition) {
        Write write = writes.get(partition);
        return write == null ? Errors.NONE : write.error();
    }

    /** Null if it is to be appended without. */
    @Nullable
    Verification ticket(PartitionProduceData partition) {
        Write write = writes.get(partition);
        return write == null ? null : write.ticket();
    }
}
