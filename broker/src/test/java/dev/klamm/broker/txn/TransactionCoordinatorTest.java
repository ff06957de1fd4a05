package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator.Ended;
import dev.klamm.broker.txn.TransactionCoordinator.Initialized;
import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.Storage;
import dev.klamm.log.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The coordinator over real logs, with a process that dies in the middle. */
@Timeout(60)
class TransactionCoordinatorTest {
    private static final String ID = "t";
    private static final TopicPartition RIDES = new TopicPartition("rides", 0);
    private static final TopicPartition OFFSETS = new TopicPartition("__consumer_offsets", 3);

    @TempDir
    Path directory;

    private Logs logs;
    private Topics topics;
    private TransactionCoordinator coordinator;
    private volatile boolean diesAtMarkers;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        topics = Topics.open(directory, logs, BrokerConfig.of(Map.of("transaction.state.log.num.partitions", "3")));
        coordinator = new TransactionCoordinator(topics, logs, this::endInOffsets);
        topics.afterDeletions(coordinator::topicsDeleted);
    }

    /** What stands between the decision and its being complete. */
    private AppendResult endInOffsets(int partition, EndTransaction marker) {
        if (diesAtMarkers) {
            throw new IllegalStateException("the process dies here");
        }
        return log(new TopicPartition("__consumer_offsets", partition)).endTransaction(marker);
    }

    @AfterEach
    void stop() throws IOException {
        coordinator.close();
        logs.close();
    }

    private void kill() throws IOException, InterruptedException {
        coordinator.close();
        logs.abandon();
        diesAtMarkers = false;
        start();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasDecidedIsDoneAfterAKillThoughNobodyAsks(boolean isCommit) throws Exception {
        Initialized producer = beginInBoth();
        diesAtMarkers = true;
        assertThatThrownBy(() -> end(producer, isCommit, 2)).hasMessageContaining("dies");
        kill();

        coordinator.start();

        awaitStatus(isCommit ? "CompleteCommit" : "CompleteAbort");
        assertThat(isOpen(RIDES)).isFalse();
        assertThat(isOpen(OFFSETS)).isFalse();
        // And the producer, which never heard of it, asks again.
        assertThat(end(producer, isCommit, 2)).isEqualTo(new Ended(Errors.NONE, producer.producerId(), (short) 1));
    }

    @Test
    void markersThatCouldNotBeWrittenAreTriedAgain() throws Exception {
        Initialized producer = beginInBoth();
        diesAtMarkers = true;
        assertThatThrownBy(() -> end(producer, true, 2)).hasMessageContaining("dies");
        assertThat(end(producer, true, 2).error()).isEqualTo(Errors.CONCURRENT_TRANSACTIONS);
        assertThat(add(producer, RIDES)).isEqualTo(Errors.CONCURRENT_TRANSACTIONS);

        diesAtMarkers = false;

        awaitStatus("CompleteCommit");
        assertThat(isOpen(OFFSETS)).isFalse();
    }

    @Test
    void anOpenTransactionEndsInItsTimeAfterAKill() throws Exception {
        topics.transactionsTopic();
        Initialized producer = init(500);
        createRides();
        write(producer, RIDES);
        kill();

        coordinator.start();

        awaitStatus("CompleteAbort");
        assertThat(isOpen(RIDES)).isFalse();
    }

    @Test
    void aPartitionThatCantBeReadKeepsNoneBehindItFromEndingItsTransactions() throws Exception {
        topics.transactionsTopic();
        createRides();
        write(init(500), RIDES);
        kill();
        makeUnreadable(new TopicPartition("__transaction_state", 0));

        coordinator.start();

        awaitStatus("CompleteAbort");
        assertThat(isOpen(RIDES)).isFalse();
    }

    @Test
    void aLogThatCantBeReadSaysSoWhenItIsWrittenTo() throws Exception {
        createRides();
        Initialized producer = init(60_000);
        makeUnreadable(RIDES);

        assertThat(log(RIDES).beginVerification(producer.producerId(), (short) 0, 0, true))
                .isEmpty();
        assertThat(log(RIDES).append(batch(producer), Origin.CLIENT))
                .isInstanceOfSatisfying(
                        AppendResult.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(AppendResult.Reason.KAFKA_STORAGE_ERROR));
    }

    /** Something that is no file has the name of its first segment. */
    private void makeUnreadable(TopicPartition partition) throws IOException {
        Files.createDirectories(directory.resolve(partition.toString()).resolve("00000000000000000000.log"));
    }

    @Test
    void aWriteThatComesAfterTheEndBeginsNothing() throws Exception {
        createRides();
        Initialized producer = init(60_000);
        Optional<Verification> ticket = log(RIDES).beginVerification(producer.producerId(), (short) 0, 0, true);
        assertThat(add(producer, RIDES)).isEqualTo(Errors.NONE);
        assertThat(end(producer, false, 2).error()).isEqualTo(Errors.NONE);

        AppendResult late = log(RIDES).append(batch(producer), Origin.CLIENT, ticket.orElseThrow());

        assertThat(late).isInstanceOf(AppendResult.Rejected.class);
        assertThat(isOpen(RIDES)).isFalse();
    }

    @Test
    void whatALogHeardFromAnEarlierCoordinatorKeepsNoTransactionOpen() throws Exception {
        createRides();
        Initialized producer = init(60_000);
        var ofAnother = new EndTransaction(producer.producerId(), (short) 0, 7, false, 0);
        assertThat(log(RIDES).endTransaction(ofAnother)).isInstanceOf(AppendResult.Appended.class);
        write(producer, RIDES);

        assertThat(end(producer, true, 2).error()).isEqualTo(Errors.NONE);

        assertThat(isOpen(RIDES)).isFalse();
        assertThat(coordinator.describeTransaction(ID).transactionState()).isEqualTo("CompleteCommit");
    }

    @Test
    void onlyWhatWasAddedMayBeWrittenByAnOlderClient() throws Exception {
        Initialized producer = init(60_000);
        createRides();
        assertThat(verify(producer, RIDES)).isEqualTo(Errors.TRANSACTION_ABORTABLE);

        assertThat(coordinator.addPartitions(ID, producer.producerId(), (short) 0, Set.of(RIDES), (short) 0))
                .isEqualTo(Errors.NONE);

        assertThat(verify(producer, RIDES)).isEqualTo(Errors.NONE);
        assertThat(verify(producer, OFFSETS)).isEqualTo(Errors.TRANSACTION_ABORTABLE);
    }

    @Test
    void withoutItsTopicThereIsNoCoordinator() throws Exception {
        var nobody = new Initialized(Errors.NONE, 1, (short) 0);

        assertThat(add(nobody, RIDES)).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(verify(nobody, RIDES)).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(end(nobody, true, 2).error()).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(coordinator.addPartitions(ID, 1, (short) 0, Set.of(RIDES), (short) 0))
                .isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(Errors.forCode(coordinator.describeTransaction(ID).errorCode()))
                .isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(topics.byName("__transaction_state")).isEmpty();
    }

    @Test
    void whatADeletedTopicRecordedIsForgotten() throws Exception {
        init(60_000);

        topics.delete(List.of(topics.transactionsTopic().id()));
        topics.transactionsTopic();

        assertThat(Errors.forCode(coordinator.describeTransaction(ID).errorCode()))
                .isEqualTo(Errors.TRANSACTIONAL_ID_NOT_FOUND);
    }

    @Test
    void refusesWhatNoProducerMayAskFor() throws Exception {
        assertThat(coordinator
                        .initProducerId("", 1, false, false, Optional.empty())
                        .error())
                .isEqualTo(Errors.INVALID_REQUEST);
        assertThat(init(0).error()).isEqualTo(Errors.INVALID_TRANSACTION_TIMEOUT);
        assertThat(init(900_001).error()).isEqualTo(Errors.INVALID_TRANSACTION_TIMEOUT);
        assertThat(coordinator
                        .initProducerId(ID, 1, true, false, Optional.empty())
                        .error())
                .isEqualTo(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        assertThat(coordinator
                        .initProducerId(ID, 1, false, true, Optional.empty())
                        .error())
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(topics.byName("__transaction_state")).isEmpty();
    }

    @Test
    void anIdIsInThePartitionInWhichKafkaLooksForIt() {
        assertThat(TransactionPartitions.indexOf("polygenelubricants", 50)).isZero();
        assertThat(TransactionPartitions.indexOf("riders", 50)).isEqualTo(17);
    }

    private Initialized beginInBoth() throws InterruptedException {
        topics.offsetsTopic();
        createRides();
        Initialized producer = init(60_000);
        write(producer, RIDES);
        write(producer, OFFSETS);
        assertThat(isOpen(RIDES)).isTrue();
        return producer;
    }

    private void createRides() throws InterruptedException {
        topics.create(List.of(new NewTopic("rides", 1, 1, Map.of(), Map.of())), false);
    }

    private Initialized init(int timeoutMs) throws InterruptedException {
        return coordinator.initProducerId(ID, timeoutMs, false, false, Optional.empty());
    }

    private Errors add(Initialized producer, TopicPartition partition) throws InterruptedException {
        return coordinator.addOrVerify(ID, producer.producerId(), producer.producerEpoch(), List.of(partition), true);
    }

    private Errors verify(Initialized producer, TopicPartition partition) throws InterruptedException {
        return coordinator.addOrVerify(ID, producer.producerId(), producer.producerEpoch(), List.of(partition), false);
    }

    private Ended end(Initialized producer, boolean isCommit, int version) throws InterruptedException {
        return coordinator.endTransaction(
                ID, producer.producerId(), producer.producerEpoch(), isCommit, (short) version);
    }

    private void write(Initialized producer, TopicPartition partition) throws InterruptedException {
        Verification ticket = log(partition)
                .beginVerification(producer.producerId(), producer.producerEpoch(), 0, true)
                .orElseThrow();
        assertThat(add(producer, partition)).isEqualTo(Errors.NONE);
        assertThat(log(partition).append(batch(producer), Origin.COORDINATOR, ticket))
                .isInstanceOf(AppendResult.Appended.class);
    }

    private static ByteBuffer batch(Initialized producer) {
        return MemoryRecords.withTransactionalRecords(
                        Compression.NONE,
                        producer.producerId(),
                        producer.producerEpoch(),
                        0,
                        new SimpleRecord(1, new byte[1], new byte[1]))
                .buffer();
    }

    private PartitionLog log(TopicPartition partition) {
        return topics.log(partition.topic(), partition.partition()).orElseThrow();
    }

    private boolean isOpen(TopicPartition partition) {
        return log(partition).activeProducers().stream().anyMatch(producer -> producer.currentTxnStartOffset() >= 0);
    }

    private void awaitStatus(String label) throws InterruptedException {
        while (!coordinator.describeTransaction(ID).transactionState().equals(label)) {
            Thread.onSpinWait();
        }
    }
}
