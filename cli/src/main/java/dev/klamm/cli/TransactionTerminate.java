package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code klamm transaction terminate}. */
@Command(
        name = "terminate",
        description = "Abort what transactional ids have open, and fence their producers.",
        sortOptions = false,
        footer = {
            "",
            "As a new producer of the same id would do it: whoever works with the id now gets an error and has to start"
                    + " again.",
            "",
            "Examples:",
            "  klamm transaction terminate rides-counter"
        })
final class TransactionTerminate implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "Transactional ids.")
    private List<String> ids = List.of();

    TransactionTerminate(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        try (Admin admin = cluster.admin()) {
            // Kafka would make an id that there isn't.
            await(admin.describeTransactions(ids).all());
            for (String id : ids) {
                await(admin.forceTerminateTransaction(id).result());
                console.out().println("Terminated transaction " + id + ".");
            }
        }
    }
}
