package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TransactionState;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our records and those that Kafka's own code makes of the same, and reads from ours. */
class TransactionRecordTest {
    private static final short NOT_RECORDED = -1;

    static Stream<Transaction> transactions() {
        var partitions = Set.of(new TopicPartition("rides", 3));
        Transaction empty =
                Transaction.created("t", 7, 60_000, 1000).initialized(7, (short) 4, (short) 3, 60_000, 2000);
        Transaction ongoing = empty.with(partitions, (short) 2, 3000);
        Transaction commit = ongoing.prepared(true, (short) 5, (short) 4, -1, (short) 2, 4000);
        Transaction abort = ongoing.prepared(false, Short.MAX_VALUE, (short) 4, 8, (short) 2, 4000);
        Transaction older =
                empty.with(partitions, (short) 0, 3000).prepared(true, (short) 4, (short) 3, -1, (short) 0, 1);
        return Stream.of(
                empty,
                ongoing,
                commit,
                commit.completed(5000),
                abort,
                abort.completed(5000),
                older,
                older.completed(2));
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void areWrittenAsKafkaWritesThem(Transaction transaction) {
        for (TransactionVersion version : List.of(TransactionVersion.TV_1, TransactionVersion.TV_2)) {
            TransactionRecord record = TransactionRecord.of(transaction, version.transactionLogValueVersion());

            assertThat(record.keyBytes()).isEqualTo(TransactionLog.keyToBytes("t"));
            assertThat(record.valueBytes()).isEqualTo(TransactionLog.valueToBytes(kafkas(transaction), version));
        }
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void areReadByKafkaAsWhatTheyWere(Transaction transaction) {
        TransactionRecord record = TransactionRecord.of(transaction, (short) 1);

        var read = (TransactionLog.TxnRecord)
                TransactionLog.read(ByteBuffer.wrap(record.keyBytes()), ByteBuffer.wrap(record.valueBytes()));

        TransactionMetadata metadata = read.metadata();
        assertThat(metadata.prepareNoTransit()).isEqualTo(kafkas(withoutLastEpoch(transaction)));
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void areReadAgainAsWhatTheyWere(Transaction transaction) {
        TransactionRecord record = TransactionRecord.of(transaction, (short) 1);

        assertThat(TransactionRecord.read(ByteBuffer.wrap(record.keyBytes()), ByteBuffer.wrap(record.valueBytes())))
                .contains(TransactionRecord.of(withoutLastEpoch(transaction), (short) 1));
    }

    @Test
    void beforeTransactionVersion1TheyLackWhatCameLater() {
        Transaction transaction =
                Transaction.created("t", 7, 60_000, 1000).initialized(7, (short) 0, NOT_RECORDED, 60_000, 1000);
        TransactionRecord record = TransactionRecord.of(transaction, (short) 0);

        assertThat(record.valueBytes())
                .isEqualTo(TransactionLog.valueToBytes(kafkas(transaction), TransactionVersion.TV_0));
        Transaction read = TransactionRecord.read(
                        ByteBuffer.wrap(record.keyBytes()), ByteBuffer.wrap(record.valueBytes()))
                .map(TransactionRecord::transaction)
                .orElseThrow();
        assertThat(read.previousProducerId()).isEqualTo(Transaction.NO_PRODUCER_ID);
    }

    @Test
    void aTombstoneHasNoValue() {
        assertThat(TransactionRecord.tombstone("t").valueBytes()).isNull();
        assertThat(TransactionRecord.read(
                        ByteBuffer.wrap(TransactionRecord.tombstone("t").keyBytes()), null))
                .contains(TransactionRecord.tombstone("t"));
    }

    @Test
    void whatALaterKafkaWroteIsLeftOut() {
        TransactionRecord known =
                TransactionRecord.of(transactions().findFirst().orElseThrow(), (short) 1);
        ByteBuffer laterType = ByteBuffer.wrap(known.keyBytes()).putShort(0, (short) 1);
        ByteBuffer laterVersion = ByteBuffer.wrap(known.valueBytes()).putShort(0, (short) 2);

        assertThat(TransactionRecord.read(laterType, ByteBuffer.wrap(known.valueBytes())))
                .isEmpty();
        assertThat(TransactionRecord.read(ByteBuffer.wrap(known.keyBytes()), laterVersion))
                .isEmpty();
    }

    private static Transaction withoutLastEpoch(Transaction t) {
        return new Transaction(
                t.id(),
                t.producerId(),
                t.previousProducerId(),
                t.nextProducerId(),
                t.producerEpoch(),
                NOT_RECORDED,
                t.timeoutMs(),
                t.status(),
                t.partitions(),
                t.startMs(),
                t.lastUpdateMs(),
                t.clientVersion());
    }

    private static TxnTransitMetadata kafkas(Transaction t) {
        return new TxnTransitMetadata(
                t.producerId(),
                t.previousProducerId(),
                t.nextProducerId(),
                t.producerEpoch(),
                t.lastProducerEpoch(),
                t.timeoutMs(),
                TransactionState.fromId(t.status().id()),
                new HashSet<>(t.partitions()),
                t.startMs(),
                t.lastUpdateMs(),
                TransactionVersion.fromFeatureLevel(t.clientVersion()));
    }
}
