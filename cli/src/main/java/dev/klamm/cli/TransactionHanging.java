package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import dev.klamm.cli.ActiveProducers.ActiveProducer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code klamm transaction hanging}: transactions that are open in a partition and that their coordinator knows nothing of
 * (any more), so that nobody will ever end them (KIP-664).
 */
@Command(
        name = "hanging",
        description = "Find transactions that are open in a partition, and that no coordinator will end.",
        sortOptions = false,
        footer = {
            "",
            "Readers of read_committed wait for such a transaction for ever. Clients before Kafka 4.0 could leave one"
                    + " on brokers before 3.6; one that is found is ended with klamm transaction abort.",
            "",
            "Examples:",
            "  klamm transaction hanging",
            "  klamm transaction hanging rides --idle-minutes 0"
        })
final class TransactionHanging implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "TOPIC", arity = "0..*", description = "Where to look (default: everywhere).")
    private List<String> topics = List.of();

    @Option(
            names = "--idle-minutes",
            paramLabel = "N",
            description =
                    "Only those that nothing was written to for so long; the longest time-out of a transaction that"
                            + " there is (default: 15).")
    private int idleMinutes = 15;

    TransactionHanging(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        List<ActiveProducer> hanging;
        try (Admin admin = cluster.admin()) {
            hanging = hanging(admin, candidates(admin));
        }
        if (format.isJson()) {
            Json.print(
                    console.out(),
                    hanging.stream().map(TransactionProducers::json).toList());
        } else if (hanging.isEmpty()) {
            console.out().println("No transaction hangs.");
        } else {
            print(hanging);
        }
    }

    private List<ActiveProducer> candidates(Admin admin) {
        Set<String> names = topics.isEmpty()
                ? await(admin.listTopics(new ListTopicsOptions().listInternal(true))
                        .names())
                : Set.copyOf(topics);
        List<TopicPartition> partitions =
                Partitions.of(await(admin.describeTopics(names).allTopicNames()).values());
        long latestMs = Clock.systemUTC().millis() - idleMinutes * 60_000L;
        return ActiveProducers.of(admin, partitions).stream()
                .filter(it -> it.isInTransaction() && it.state().lastTimestamp() <= latestMs)
                .toList();
    }

    /** Those that a coordinator has in hand are left out: it will write their markers. */
    private static List<ActiveProducer> hanging(Admin admin, List<ActiveProducer> candidates) {
        if (candidates.isEmpty()) {
            return List.of();
        }
        Set<Long> producerIds =
                candidates.stream().map(it -> it.state().producerId()).collect(Collectors.toSet());
        Map<Long, Set<TopicPartition>> inHand = new HashMap<>();
        for (TransactionListing known :
                await(admin.listTransactions(new ListTransactionsOptions().filterProducerIds(producerIds))
                        .all())) {
            inHand.computeIfAbsent(known.producerId(), id -> new HashSet<>())
                    .addAll(partitions(admin, known.transactionalId()));
        }
        var hanging = new ArrayList<>(candidates);
        hanging.removeIf(
                it -> inHand.getOrDefault(it.state().producerId(), Set.of()).contains(it.partition()));
        return hanging;
    }

    private static Set<TopicPartition> partitions(Admin admin, String id) {
        try {
            return await(admin.describeTransactions(Set.of(id)).description(id)).topicPartitions();
        } catch (TransactionalIdNotFoundException e) {
            // It was forgotten since it was listed.
            return Set.of();
        }
    }

    private void print(List<ActiveProducer> hanging) {
        Table table = Table.of("TOPIC", "PARTITION", "START OFFSET", "PRODUCER", "EPOCH", "LAST TIME");
        for (ActiveProducer it : hanging) {
            table.row(
                    it.partition().topic(),
                    it.partition().partition(),
                    it.startOffset(),
                    it.state().producerId(),
                    it.state().producerEpoch(),
                    Instant.ofEpochMilli(it.state().lastTimestamp()));
        }
        table.print(console.out());
        console.out().println("To end one: klamm transaction abort TOPIC --partition N --start-offset OFFSET");
    }
}
