package dev.klamm.cli;

import dev.klamm.cli.ActiveProducers.ActiveProducer;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm transaction producers}. */
@Command(
        name = "producers",
        description = "Show the producers that partitions of a topic remember, and where their transactions began.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm transaction producers rides",
            "  klamm transaction producers rides --partition 0 -o json"
        })
final class TransactionProducers implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "TOPIC", description = "Its name.")
    private String topic = "";

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            split = ",",
            description = "These partitions alone (default: all).")
    private Set<Integer> partitions = Set.of();

    TransactionProducers(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        List<ActiveProducer> producers;
        try (Admin admin = cluster.admin()) {
            List<TopicPartition> wanted = new Partitions(admin)
                    .ofTopic(topic).stream()
                            .filter(it -> partitions.isEmpty() || partitions.contains(it.partition()))
                            .toList();
            producers = ActiveProducers.of(admin, wanted);
        }
        if (format.isJson()) {
            Json.print(
                    console.out(),
                    producers.stream().map(TransactionProducers::json).toList());
        } else if (producers.isEmpty()) {
            console.out().println("No producers.");
        } else {
            Table table = Table.of(
                    "PARTITION",
                    "PRODUCER",
                    "EPOCH",
                    "LAST SEQUENCE",
                    "LAST TIME",
                    "COORDINATOR EPOCH",
                    "IN TRANSACTION FROM");
            producers.forEach(it -> row(table, it));
            table.print(console.out());
        }
    }

    private static void row(Table table, ActiveProducer producer) {
        ProducerState state = producer.state();
        table.row(
                producer.partition().partition(),
                state.producerId(),
                state.producerEpoch(),
                state.lastSequence() < 0 ? "-" : state.lastSequence(),
                Instant.ofEpochMilli(state.lastTimestamp()),
                producer.coordinatorEpoch() < 0 ? "-" : producer.coordinatorEpoch(),
                producer.startOffset());
    }

    static Object json(ActiveProducer producer) {
        ProducerState state = producer.state();
        OptionalLong start = state.currentTransactionStartOffset();
        return Json.object(
                "topic", producer.partition().topic(),
                "partition", producer.partition().partition(),
                "producerId", state.producerId(),
                "producerEpoch", state.producerEpoch(),
                "lastSequence", state.lastSequence(),
                "lastTime", Instant.ofEpochMilli(state.lastTimestamp()),
                "coordinatorEpoch", producer.coordinatorEpoch(),
                "startOffset", start.isPresent() ? start.getAsLong() : null);
    }
}
