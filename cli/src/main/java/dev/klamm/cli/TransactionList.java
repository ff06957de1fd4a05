package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm transaction list}. */
@Command(
        name = "list",
        description = "List the transactional ids that the cluster knows, and how far each one's transaction is.",
        sortOptions = false,
        footer = {
            "",
            "States are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit and CompleteAbort.",
            "",
            "Examples:",
            "  klamm transaction list",
            "  klamm transaction list --state Ongoing --longer-than 60000",
            "  klamm transaction list -o json | jq -r '.[].transaction'"
        })
final class TransactionList implements Runnable {

    private static final List<TransactionState> STATES = List.of(
            TransactionState.EMPTY,
            TransactionState.ONGOING,
            TransactionState.PREPARE_COMMIT,
            TransactionState.PREPARE_ABORT,
            TransactionState.COMPLETE_COMMIT,
            TransactionState.COMPLETE_ABORT);

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Option(
            names = {"-s", "--state"},
            paramLabel = "STATE",
            split = ",",
            description = "Only those in one of these states.")
    private Set<String> states = Set.of();

    @Option(names = "--longer-than", paramLabel = "MS", description = "Only those that have been open for longer.")
    private @Nullable Long longerThanMs;

    @Option(names = "--match", paramLabel = "REGEX", description = "Only ids that match all of this expression.")
    private @Nullable String pattern;

    TransactionList(Console console) {
        this.console = console;
    }

    private record Row(TransactionListing about, int coordinator) {}

    @Override
    public void run() {
        List<Row> rows = rows();
        if (format.isJson()) {
            Json.print(console.out(), rows.stream().map(TransactionList::json).toList());
        } else if (rows.isEmpty()) {
            console.out().println("No transactions.");
        } else {
            Table table = Table.of("TRANSACTION", "STATE", "PRODUCER", "COORDINATOR");
            for (Row row : rows) {
                table.row(row.about.transactionalId(), row.about.state(), row.about.producerId(), row.coordinator);
            }
            table.print(console.out());
        }
    }

    private List<Row> rows() {
        var rows = new ArrayList<Row>();
        ListTransactionsOptions options = options();
        try (Admin admin = cluster.admin()) {
            await(admin.listTransactions(options).allByBrokerId())
                    .forEach((broker, listings) -> listings.forEach(it -> rows.add(new Row(it, broker))));
        }
        rows.sort(Comparator.comparing(row -> row.about.transactionalId()));
        return rows;
    }

    private ListTransactionsOptions options() {
        var options = new ListTransactionsOptions()
                .filterStates(states.stream().map(TransactionList::state).toList());
        if (longerThanMs != null) {
            options.filterOnDuration(longerThanMs);
        }
        if (pattern != null) {
            options.filterOnTransactionalIdPattern(pattern);
        }
        return options;
    }

    private static TransactionState state(String word) {
        return STATES.stream()
                .filter(state -> state.toString().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> Failure.ofUse("There is no state " + word + ": they are "
                        + STATES.stream().map(TransactionState::toString).collect(Collectors.joining(", ")) + "."));
    }

    private static Object json(Row row) {
        return Json.object(
                "transaction",
                row.about.transactionalId(),
                "state",
                row.about.state(),
                "producerId",
                row.about.producerId(),
                "coordinator",
                row.coordinator);
    }
}
