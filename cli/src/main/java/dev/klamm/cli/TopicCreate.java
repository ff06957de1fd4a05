package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topic create}. */
@Command(
        name = "create",
        description = "Create topics.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm topic create rides",
            "  klamm topic create rides --partitions 6",
            "  klamm topic create prices --set cleanup.policy=compact --set min.compaction.lag.ms=60000",
            "  klamm topic create rides --if-not-exists"
        })
final class TopicCreate implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Names of the topics.")
    private List<String> topics = List.of();

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions each gets (default: the broker's num.partitions).")
    private @Nullable Integer partitions;

    @Option(
            names = {"-r", "--replication-factor"},
            paramLabel = "N",
            description = "How many brokers hold each partition (default: the broker's).")
    private @Nullable Short replicationFactor;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "KEY=VALUE",
            description = "A setting of the topic, as retention.ms=3600000; may be given again.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--if-not-exists", description = "Leave a topic that is there already as it is.")
    private boolean ifNotExists;

    @Option(names = "--validate-only", description = "Check only; create nothing.")
    private boolean validateOnly;

    TopicCreate(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        List<NewTopic> wanted = topics.stream().map(this::newTopic).toList();
        try (Admin admin = cluster.admin()) {
            var created = admin.createTopics(wanted, new CreateTopicsOptions().validateOnly(validateOnly));
            for (String topic : topics) {
                try {
                    int count = await(created.numPartitions(topic));
                    report(topic, count);
                } catch (TopicExistsException e) {
                    if (!ifNotExists) {
                        throw e;
                    }
                    console.out().println("Topic " + topic + " is there already.");
                }
            }
        }
    }

    private NewTopic newTopic(String name) {
        return new NewTopic(name, Optional.ofNullable(partitions), Optional.ofNullable(replicationFactor))
                .configs(settings);
    }

    private void report(String topic, int partitionCount) {
        String verb = validateOnly ? "Could create" : "Created";
        console.out().println(verb + " topic " + topic + " with " + Amount.of(partitionCount, "partition") + ".");
    }
}
