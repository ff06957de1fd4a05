package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code klamm transaction describe}. */
@Command(
        name = "describe",
        description = "Show the state of transactional ids, and the partitions of what each has open.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm transaction describe rides-counter",
            "  klamm transaction describe rides-counter -o json | jq '.[0].partitions | length'"
        })
final class TransactionDescribe implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "Transactional ids.")
    private List<String> ids = List.of();

    TransactionDescribe(Console console) {
        this.console = console;
    }

    private record Transaction(String id, TransactionDescription about) {
        List<TopicPartition> partitions() {
            return about.topicPartitions().stream()
                    .sorted(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition))
                    .toList();
        }
    }

    @Override
    public void run() {
        List<Transaction> transactions = new ArrayList<>();
        try (Admin admin = cluster.admin()) {
            var described = admin.describeTransactions(ids);
            ids.forEach(id -> transactions.add(new Transaction(id, await(described.description(id)))));
        }
        if (format.isJson()) {
            Json.print(
                    console.out(),
                    transactions.stream().map(TransactionDescribe::json).toList());
        } else {
            long nowMs = Clock.systemUTC().millis();
            transactions.forEach(it -> print(it, nowMs));
        }
    }

    private static Object json(Transaction transaction) {
        TransactionDescription about = transaction.about;
        var started = about.transactionStartTimeMs();
        return Json.object(
                "transaction", transaction.id,
                "state", about.state(),
                "producerId", about.producerId(),
                "producerEpoch", about.producerEpoch(),
                "timeoutMs", about.transactionTimeoutMs(),
                "started", started.isPresent() ? Instant.ofEpochMilli(started.getAsLong()) : null,
                "coordinator", about.coordinatorId(),
                "partitions",
                        transaction.partitions().stream()
                                .map(it -> Json.object("topic", it.topic(), "partition", it.partition()))
                                .toList());
    }

    private void print(Transaction transaction, long nowMs) {
        TransactionDescription about = transaction.about;
        var started = about.transactionStartTimeMs();
        // The coordinator remembers the start of the last transaction also when that is over.
        boolean isOpen = started.isPresent() && !about.topicPartitions().isEmpty();
        String since = isOpen ? " for " + Amount.time(Math.max(0, nowMs - started.getAsLong())) : "";
        console.out()
                .println("Transaction %s: %s%s, producer %d/%d, timeout %s, coordinator %d"
                        .formatted(
                                transaction.id,
                                about.state(),
                                since,
                                about.producerId(),
                                about.producerEpoch(),
                                Amount.time(about.transactionTimeoutMs()),
                                about.coordinatorId()));
        if (!about.topicPartitions().isEmpty()) {
            Table table = Table.of("TOPIC", "PARTITION");
            transaction.partitions().forEach(it -> table.row(it.topic(), it.partition()));
            table.print(console.out());
        }
    }
}
