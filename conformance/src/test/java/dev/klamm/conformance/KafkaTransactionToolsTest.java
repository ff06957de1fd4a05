package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Apache Kafka's tool for transactions (KIP-664), and what it prints. */
@ExtendWith(SharedBroker.class)
final class KafkaTransactionToolsTest {
    private final String broker;
    private final Reference reference;
    private final String id = Reference.newName("id");

    KafkaTransactionToolsTest(BrokerUnderTest broker) {
        this.broker = broker.bootstrapServers();
        reference = new Reference(this.broker);
    }

    @AfterEach
    void disconnect() {
        reference.close();
    }

    @Test
    void listsAndDescribesATransactionWhileItIsOpenAndAfterwards() {
        String topic = reference.newTopic(1);
        try (var transaction = new OpenTransaction(broker, id)) {
            transaction.send(topic, "a record");

            assertThat(ofId(run("list"))).containsExactly("1", "Ongoing");
            assertThat(run("list", "--duration-filter", "3600000")).noneMatch(line -> line.contains(id));
            assertThat(ofId(run("list", "--transactional-id-pattern", id.substring(0, 8) + ".*")))
                    .containsExactly("1", "Ongoing");
            List<String> open = row(run("describe", "--transactional-id", id), id);
            assertThat(open.subList(4, 6)).containsExactly("Ongoing", "60000");
            assertThat(open.getLast()).isEqualTo(topic + "-0");

            transaction.commit();
            // Apache Kafka answers a commit before its markers are written.
            Eventually.await("the end", () -> ofId(run("list")), row -> row.equals(List.of("1", "CompleteCommit")));
            assertThat(row(run("describe", "--transactional-id", id), id))
                    .contains("CompleteCommit")
                    .noneMatch(cell -> cell.startsWith(topic));
        }
    }

    @Test
    void saysThatThereIsNoSuchId() {
        Program tool = KafkaTool.TRANSACTIONS.start("--bootstrap-server", broker, "describe", "--transactional-id", id);

        assertThat(tool.awaitExit()).isEqualTo(1);
        assertThat(tool.transcript()).contains("because the ID could not be found");
    }

    @Test
    void describesTheProducersOfAPartitionWithTheStartOfTheirTransactions() {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", List.of(Sent.of("in no transaction")));
        try (var transaction = new OpenTransaction(broker, id)) {
            transaction.send(topic, "a record");
            List<List<String>> open = producers(topic);
            transaction.abort();

            assertThat(open).hasSize(2);
            assertThat(open).extracting(List::getLast).containsExactlyInAnyOrder("None", "1");
            assertThat(producers(topic)).extracting(List::getLast).containsExactly("None", "None");
        }
    }

    /** A transaction that its coordinator knows does not hang, however long it is open. */
    @Test
    void findsNoHangingTransaction() {
        String topic = reference.newTopic(1);
        try (var transaction = new OpenTransaction(broker, id)) {
            transaction.send(topic, "a record");

            assertThat(run("find-hanging", "--topic", topic, "--max-transaction-timeout", "0"))
                    .hasSize(1);
            assertThat(run("find-hanging", "--broker-id", "1")).noneMatch(line -> line.contains(topic));
        }
    }

    @Test
    void abortsWhatIsOpenInAPartition() {
        String topic = reference.newTopic(1);
        try (var transaction = new OpenTransaction(broker, id)) {
            transaction.send(topic, "a record");
            reference.produce(topic, 0, "none", List.of(Sent.of("in no transaction")));

            run("abort", "--topic", topic, "--partition", "0", "--start-offset", "0");

            assertThat(reference.readCommitted(topic, 1))
                    .extracting(Received::value)
                    .containsExactly("in no transaction");
            assertThat(producers(topic)).extracting(List::getLast).containsOnly("None");
        }
    }

    @Test
    void terminatesATransactionByItsId() {
        String topic = reference.newTopic(1);
        try (var transaction = new OpenTransaction(broker, id)) {
            transaction.send(topic, "a record");
            reference.produce(topic, 0, "none", List.of(Sent.of("in no transaction")));

            run("forceTerminateTransaction", "--transactionalId", id);

            assertThat(reference.readCommitted(topic, 1))
                    .extracting(Received::value)
                    .containsExactly("in no transaction");
            assertThat(ofId(run("list"))).containsExactly("1", "Empty");
        }
    }

    /** Coordinator and state of the id; between them stands a producer id that nobody knows before. */
    private List<String> ofId(List<String> table) {
        List<String> row = row(table, id);
        return List.of(row.get(1), row.get(3));
    }

    private List<List<String>> producers(String topic) {
        return run("describe-producers", "--topic", topic, "--partition", "0").stream()
                .skip(1)
                .map(KafkaTransactionToolsTest::words)
                .toList();
    }

    private static List<String> row(List<String> table, String word) {
        return table.stream()
                .map(KafkaTransactionToolsTest::words)
                .filter(row -> row.contains(word))
                .findFirst()
                .orElseThrow(() -> new AssertionError(word + " is not in " + table));
    }

    private static List<String> words(String line) {
        return List.of(line.strip().split("\\s+", -1));
    }

    private List<String> run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker));
        all.addAll(List.of(arguments));
        return KafkaTool.TRANSACTIONS.run(all.toArray(String[]::new));
    }
}
