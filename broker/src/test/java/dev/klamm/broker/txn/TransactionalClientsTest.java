package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's transactional producer and consumers that read what is committed, on a running broker. */
@Timeout(60)
class TransactionalClientsTest {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int PARTITIONS = 3;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("transaction.state.log.num.partitions", "5");

    private Admin admin;

    @BeforeEach
    void createTopics() throws Exception {
        admin = broker.admin();
        admin.createTopics(List.of(new NewTopic("rides", PARTITIONS, (short) 1), new NewTopic("gone", 1, (short) 1)))
                .all()
                .get();
    }

    /** By which the clients work from now on, too. */
    private void useTransactionVersion(int version) throws Exception {
        if (version < 2) {
            var update = new FeatureUpdate((short) version, UpgradeType.SAFE_DOWNGRADE);
            admin.updateFeatures(Map.of("transaction.version", update), new UpdateFeaturesOptions())
                    .all()
                    .get();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsCommittedIsSeenAndWhatIsAbortedIsNot(int version) throws Exception {
        useTransactionVersion(version);
        try (var producer = producer("t")) {
            producer.initTransactions();
            for (int i = 0; i < 5; i++) {
                producer.beginTransaction();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    var _ = send(producer, partition, i + "-" + partition);
                }
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }

        assertThat(committed())
                .containsExactlyInAnyOrder("0-0", "0-1", "0-2", "2-0", "2-1", "2-2", "4-0", "4-1", "4-2");
        // Each end raises the epoch in version 2, and none does before.
        assertThat(description("t").producerEpoch()).isEqualTo(version == 2 ? 5 : 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void whatIsOpenIsNotSeenAndHoldsBackWhatComesBehind(int version) throws Exception {
        useTransactionVersion(version);
        try (var open = producer("open");
                var done = producer("done")) {
            open.initTransactions();
            open.beginTransaction();
            send(open, 0, "open").get();
            done.initTransactions();
            done.beginTransaction();
            var _ = send(done, 0, "done");
            done.commitTransaction();
            assertThat(committed()).isEmpty();

            open.commitTransaction();

            assertThat(committed()).containsExactly("open", "done");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aSecondProducerOfTheSameIdPutsTheFirstOut(int version) throws Exception {
        useTransactionVersion(version);
        try (var first = producer("t");
                var second = producer("t")) {
            first.initTransactions();
            first.beginTransaction();
            send(first, 0, "first").get();

            second.initTransactions();

            assertThatThrownBy(first::commitTransaction).isInstanceOf(ProducerFencedException.class);
            second.beginTransaction();
            var _ = send(second, 0, "second");
            second.commitTransaction();
        }
        assertThat(committed()).containsExactly("second");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aTransactionThatTakesTooLongIsAborted(int version) throws Exception {
        useTransactionVersion(version);
        try (var slow = producer("t", "transaction.timeout.ms", "300")) {
            slow.initTransactions();
            slow.beginTransaction();
            send(slow, 0, "slow").get();

            awaitState("t", TransactionState.COMPLETE_ABORT);

            assertThatThrownBy(() -> send(slow, 0, "late").get())
                    .hasCauseInstanceOf(InvalidProducerEpochException.class);
        }
        assertThat(committed()).isEmpty();
        assertNothingIsHeldBack();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aProducerGoesOnWithItsTransactionAfterTheBrokerWasKilled(int version) throws Exception {
        useTransactionVersion(version);
        try (var producer = producer("t")) {
            producer.initTransactions();
            broker.kill();
            broker.start();
            producer.beginTransaction();
            send(producer, 0, "a").get();
            broker.kill();
            broker.start();
            send(producer, 1, "b").get();
            producer.commitTransaction();
            broker.kill();
            broker.start();
            assertThat(committed()).containsExactly("a", "b");
            producer.beginTransaction();
            send(producer, 0, "c").get();
            producer.abortTransaction();
            broker.kill();
            broker.start();
            producer.beginTransaction();
            var _ = send(producer, 0, "d");
            producer.commitTransaction();
        }

        assertThat(committed()).containsExactlyInAnyOrder("a", "b", "d");
        assertNothingIsHeldBack();
    }

    @Test
    void whatIsOpenEndsAfterAKillThoughNobodyComesBack() throws Exception {
        try (var producer = producer("t", "transaction.timeout.ms", "2000")) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                send(producer, partition, "lost").get();
            }
            // With no time left it doesn't abort its transaction.
            producer.close(Duration.ZERO);
        }
        broker.kill();
        broker.start();

        assertNothingIsHeldBackAfterAWhile();
        assertThat(committed()).isEmpty();
        assertThat(description("t").state()).isEqualTo(TransactionState.COMPLETE_ABORT);
    }

    @Test
    void theEndDoesNotWaitForATopicThatIsNoMore() throws Exception {
        try (var producer = producer("t")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("gone", "x")).get();
            send(producer, 0, "stays").get();
            admin.deleteTopics(List.of("gone")).all().get();

            producer.commitTransaction();
        }

        assertThat(committed()).containsExactly("stays");
        assertThat(description("t").state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void aTimeOutHasToBeOneThatTheBrokerAllows() {
        try (var patient = producer("t", "transaction.timeout.ms", "900001")) {
            assertThatThrownBy(patient::initTransactions)
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining("transaction timeout is larger");
        }
    }

    @Test
    void transactionsAreDescribedAndListed() throws Exception {
        try (var open = producer("open");
                var idle = producer("idle")) {
            idle.initTransactions();
            open.initTransactions();
            open.beginTransaction();
            send(open, 2, "a").get();

            TransactionDescription description = description("open");
            assertThat(description.state()).isEqualTo(TransactionState.ONGOING);
            assertThat(description.topicPartitions()).containsExactly(new TopicPartition("rides", 2));
            assertThat(description.transactionTimeoutMs()).isEqualTo(60_000);
            assertThat(description.transactionStartTimeMs()).isPresent();
            assertThatThrownBy(() -> description("nobody")).hasCauseInstanceOf(TransactionalIdNotFoundException.class);
            assertThat(listed(new ListTransactionsOptions())).containsExactlyInAnyOrder("open", "idle");
            assertThat(listed(new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING))))
                    .containsExactly("open");
            assertThat(listed(new ListTransactionsOptions().filterProducerIds(List.of(description.producerId()))))
                    .containsExactly("open");
            assertThat(listed(new ListTransactionsOptions().filterOnDuration(3_600_000)))
                    .containsExactly("idle");
            assertThat(listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("o.*")))
                    .containsExactly("open");
            assertThatThrownBy(() -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("(")))
                    .hasCauseInstanceOf(InvalidRegularExpression.class);
        }
    }

    @Test
    void anAdministratorEndsATransactionInOnePartition() throws Exception {
        useTransactionVersion(0);
        try (var hanging = producer("t")) {
            hanging.initTransactions();
            hanging.beginTransaction();
            send(hanging, 0, "a").get();
            var partition = new TopicPartition("rides", 0);
            ProducerState state = admin.describeProducers(List.of(partition))
                    .partitionResult(partition)
                    .get()
                    .activeProducers()
                    .getFirst();

            admin.abortTransaction(new AbortTransactionSpec(
                            partition,
                            state.producerId(),
                            (short) state.producerEpoch(),
                            state.coordinatorEpoch().orElse(0)))
                    .all()
                    .get();

            assertNothingIsHeldBack();
        }
    }

    private KafkaProducer<String, String> producer(String transactionalId, String... settings) {
        var config = new HashMap<String, Object>(Map.of(
                "bootstrap.servers", broker.bootstrap(), "transactional.id", transactionalId, "max.block.ms", "20000"));
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static Future<RecordMetadata> send(KafkaProducer<String, String> producer, int partition, String value) {
        return producer.send(new ProducerRecord<>("rides", partition, null, value));
    }

    private TransactionDescription description(String transactionalId) throws Exception {
        return admin.describeTransactions(List.of(transactionalId))
                .description(transactionalId)
                .get();
    }

    private void awaitState(String transactionalId, TransactionState state) throws Exception {
        while (description(transactionalId).state() != state) {
            Thread.onSpinWait();
        }
    }

    private List<String> listed(ListTransactionsOptions options) throws Exception {
        return admin.listTransactions(options).all().get().stream()
                .map(TransactionListing::transactionalId)
                .toList();
    }

    /** All that there is in the topic for who reads what is committed, by partition. */
    private List<String> committed() {
        try (var consumer = consumer("read_committed")) {
            consumer.seekToBeginning(partitions());
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions());
            var values = new ArrayList<String>();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }

    private void assertNothingIsHeldBack() {
        assertThat(ends("read_committed")).isEqualTo(ends("read_uncommitted"));
    }

    private void assertNothingIsHeldBackAfterAWhile() {
        while (!ends("read_committed").equals(ends("read_uncommitted"))) {
            Thread.onSpinWait();
        }
    }

    private Map<TopicPartition, Long> ends(String isolation) {
        try (var consumer = consumer(isolation)) {
            return consumer.endOffsets(partitions());
        }
    }

    private KafkaConsumer<String, String> consumer(String isolation) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                broker.bootstrap(),
                "isolation.level",
                isolation,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                "false");
        var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        consumer.assign(partitions());
        return consumer;
    }

    private static List<TopicPartition> partitions() {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition("rides", partition))
                .toList();
    }
}
