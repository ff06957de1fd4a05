package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topic alter}. */
@Command(
        name = "alter",
        description = "Give a topic more partitions or other settings.",
        sortOptions = false,
        footer = {
            "",
            "Partitions can be added, not taken away; records stay where they are, and a key may go "
                    + "elsewhere from now on.",
            "",
            "Examples:",
            "  klamm topic alter rides --partitions 12",
            "  klamm topic alter rides --set retention.ms=3600000 --unset cleanup.policy"
        })
final class TopicAlter implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic.")
    private String topic = "";

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions it has from now on.")
    private @Nullable Integer partitions;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "KEY=VALUE",
            description = "A setting; may be given again.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--unset", paramLabel = "KEY", description = "Go back to the broker's value; may be given again.")
    private List<String> unset = List.of();

    TopicAlter(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        SettingsChange change = new SettingsChange(set, unset);
        if (partitions == null && change.isEmpty()) {
            throw Failure.ofUse("Nothing to alter: give --partitions, --set or --unset.");
        }
        try (Admin admin = cluster.admin()) {
            change.apply(admin, new ConfigResource(ConfigResource.Type.TOPIC, topic));
            if (partitions != null) {
                await(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
                        .all());
            }
        }
        console.out().println("Altered topic " + topic + ".");
    }
}
