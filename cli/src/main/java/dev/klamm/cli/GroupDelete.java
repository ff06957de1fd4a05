package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code klamm group delete}. */
@Command(
        name = "delete",
        description = "Delete groups that have no members, and the offsets that they have committed.",
        sortOptions = false,
        footer = {"", "Examples:", "  klamm group delete dashboard"})
final class GroupDelete implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Names of the groups.")
    private List<String> groups = List.of();

    GroupDelete(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        try (Admin admin = cluster.admin()) {
            var deleted = admin.deleteConsumerGroups(groups).deletedGroups();
            for (String group : groups) {
                await(requireNonNull(deleted.get(group)));
                console.out().println("Deleted group " + group + ".");
            }
        }
    }
}
