package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topic delete}. */
@Command(
        name = "delete",
        description = "Delete topics and all that is in them.",
        sortOptions = false,
        footer = {"", "Examples:", "  klamm topic delete rides", "  klamm topic delete rides trips --if-exists"})
final class TopicDelete implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Names of the topics.")
    private List<String> topics = List.of();

    @Option(names = "--if-exists", description = "Don't mind if a topic is not there.")
    private boolean ifExists;

    TopicDelete(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        try (Admin admin = cluster.admin()) {
            var deleted = admin.deleteTopics(topics).topicNameValues();
            for (String topic : topics) {
                try {
                    await(requireNonNull(deleted.get(topic)));
                    console.out().println("Deleted topic " + topic + ".");
                } catch (UnknownTopicOrPartitionException e) {
                    if (!ifExists) {
                        throw new Failure("There is no topic " + topic + ". Which there are: klamm topic list");
                    }
                }
            }
        }
    }
}
