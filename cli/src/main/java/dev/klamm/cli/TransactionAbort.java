package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import dev.klamm.cli.ActiveProducers.ActiveProducer;
import java.util.List;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm transaction abort}: writes the marker that nobody else will write. */
@Command(
        name = "abort",
        description = "Abort a transaction that hangs, in one partition.",
        sortOptions = false,
        footer = {
            "",
            "The marker is written into the partition, past the coordinator. One that hangs shows up in klamm"
                    + " transaction hanging; a transaction that its coordinator knows is ended with klamm transaction"
                    + " terminate.",
            "",
            "Examples:",
            "  klamm transaction abort rides --partition 0 --start-offset 1200"
        })
final class TransactionAbort implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "TOPIC", description = "Its name.")
    private String topic = "";

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            required = true,
            description = "The partition.")
    private int partition;

    @Option(
            names = "--start-offset",
            paramLabel = "OFFSET",
            required = true,
            description = "Where the transaction begins.")
    private long startOffset;

    TransactionAbort(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        var where = new TopicPartition(topic, partition);
        try (Admin admin = cluster.admin()) {
            ActiveProducer producer = ActiveProducers.of(admin, List.of(where)).stream()
                    .filter(it -> it.isInTransactionFrom(startOffset))
                    .findFirst()
                    .orElseThrow(() -> new Failure("No transaction is open in " + where + " from offset " + startOffset
                            + " on. Which are: klamm transaction producers " + topic));
            await(admin.abortTransaction(spec(producer)).all());
            console.out()
                    .println("Aborted the transaction of producer "
                            + producer.state().producerId() + " in " + where + ".");
        }
    }

    /** A producer that has had no marker there yet has no coordinator epoch; 0 is not above any that will come. */
    private static AbortTransactionSpec spec(ActiveProducer producer) {
        return new AbortTransactionSpec(
                producer.partition(),
                producer.state().producerId(),
                (short) producer.state().producerEpoch(),
                Math.max(0, producer.coordinatorEpoch()));
    }
}
