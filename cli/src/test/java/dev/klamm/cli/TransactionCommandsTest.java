package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klamm;
import static dev.klamm.cli.CommandLineRun.klammAt;
import static dev.klamm.cli.CommandLineRun.klammReading;
import static dev.klamm.cli.CommandLineRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TransactionCommandsTest {

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("transaction.state.log.num.partitions", "1");

    private KafkaProducer<String, String> producer;

    @BeforeEach
    void openATransaction() throws Exception {
        klammReading("before\n", with(broker.bootstrap(), "produce", "rides"));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "transactional.id", "counter"),
                new StringSerializer(),
                new StringSerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("rides", "in the transaction")).get();
    }

    @AfterEach
    void forgetIt() {
        producer.close(Duration.ZERO);
    }

    @Test
    void transactionsAreListedAsTheirFiltersSay() {
        assertThat(run("transaction", "list").out())
                .hasSize(2)
                .first()
                .isEqualTo("TRANSACTION  STATE    PRODUCER  COORDINATOR");
        assertThat(run("transaction", "list").out()).last().asString().matches("counter +Ongoing +\\d+ +1");
        assertThat(run("transaction", "list", "--state", "ongoing", "--match", "co.*")
                        .out())
                .hasSize(2);
        assertThat(run("transaction", "list", "--longer-than", "3600000").out()).containsExactly("No transactions.");
        producer.commitTransaction();
        assertThat(run("transaction", "list", "--state", "Ongoing").out()).containsExactly("No transactions.");
        assertThat(String.join("", run("transaction", "list", "-o", "json").out()))
                .contains("\"transaction\" : \"counter\"", "\"state\" : \"CompleteCommit\"");
    }

    @Test
    void aWordThatIsNoStateIsRefusedWithThoseThatAre() {
        CommandLineRun run = run("transaction", "list", "--state", "open");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .containsExactly("There is no state open: they are Empty, Ongoing, PrepareCommit, PrepareAbort,"
                        + " CompleteCommit, CompleteAbort.");
    }

    @Test
    void aTransactionIsDescribedWithItsPartitions() {
        CommandLineRun run = run("transaction", "describe", "counter");

        assertThat(run.out()).hasSize(3);
        assertThat(run.out().getFirst())
                .matches("Transaction counter: Ongoing for .+, producer \\d+/\\d+, timeout 1 min 0 s, coordinator 1");
        assertThat(run.out().getLast()).matches("rides +0");
        producer.commitTransaction();
        assertThat(run("transaction", "describe", "counter").out())
                .singleElement()
                .asString()
                .startsWith("Transaction counter: CompleteCommit, producer ");
        CommandLineRun none = run("transaction", "describe", "nobody");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).singleElement().asString().endsWith("Which there are: klamm transaction list");
    }

    @Test
    void producersAreShownWithWhereTheirTransactionsBegin() {
        assertThat(run("transaction", "producers", "rides").out())
                .hasSize(3)
                .anyMatch(line -> line.matches(" +0 +\\d+ +\\d+ +0  20\\S+Z +- +1"))
                .anyMatch(line -> line.matches(" +0 +\\d+ +0 +0  20\\S+Z +- +-"));
    }

    @Test
    void whatItsCoordinatorKnowsDoesNotHang() {
        assertThat(run("transaction", "hanging", "--idle-minutes", "0").out()).containsExactly("No transaction hangs.");
    }

    @Test
    void aTransactionIsAbortedInOnePartition() {
        CommandLineRun wrong = run("transaction", "abort", "rides", "-p", "0", "--start-offset", "0");
        CommandLineRun run = run("transaction", "abort", "rides", "-p", "0", "--start-offset", "1");

        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err())
                .containsExactly("No transaction is open in rides-0 from offset 0 on. Which are: klamm transaction"
                        + " producers rides");
        assertThat(run.out())
                .singleElement()
                .asString()
                .matches("Aborted the transaction of producer \\d+ in rides-0[.]");
        assertThat(run("consume", "rides", "--read-committed", "--exit-at-end").out())
                .containsExactly("before");
    }

    @Test
    void aTransactionIsTerminatedAndItsProducerFenced() {
        assertThat(run("transaction", "terminate", "counter").out()).containsExactly("Terminated transaction counter.");

        assertThat(run("transaction", "producers", "rides").out()).noneMatch(line -> line.endsWith(" 1"));
        assertThat(run("consume", "rides", "--read-committed", "--exit-at-end").out())
                .containsExactly("before");
        assertThat(run("transaction", "terminate", "nobody").status()).isEqualTo(1);
    }

    @Test
    void theStatesOfATransactionAreDumped() {
        producer.commitTransaction();

        CommandLineRun run = klamm(
                "log",
                "dump",
                "__transaction_state-0",
                "-r",
                "-o",
                "json",
                "--dir",
                broker.dataDirectory().toString());

        assertThat(run.out())
                .anyMatch(
                        line -> line.contains("\"type\":\"TRANSACTION_LOG\",\"key\":{\"transactionalId\":\"counter\"}")
                                && line.contains("\"topic\":\"rides\""));
        assertThat(klamm(
                                "log",
                                "dump",
                                "rides-0",
                                "-r",
                                "--dir",
                                broker.dataDirectory().toString())
                        .out())
                .anyMatch(line -> line.contains("COMMIT") && line.contains("{\"coordinatorEpoch\":0}"));
    }

    private CommandLineRun run(String... words) {
        return klammAt(broker.bootstrap(), words);
    }
}
