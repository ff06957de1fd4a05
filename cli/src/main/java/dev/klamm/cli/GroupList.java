package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code klamm group list}. */
@Command(
        name = "list",
        description = "List the groups.",
        sortOptions = false,
        footer = {"", "Examples:", "  klamm group list", "  klamm group list -o json | jq -r '.[].group'"})
final class GroupList implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    GroupList(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        List<GroupListing> groups = groups();
        if (format.isJson()) {
            Json.print(console.out(), groups.stream().map(GroupList::json).toList());
        } else if (groups.isEmpty()) {
            console.out().println("No groups.");
        } else {
            Table table = Table.of("GROUP", "STATE", "TYPE", "PROTOCOL");
            groups.forEach(it -> table.row(it.groupId(), state(it), type(it), it.protocol()));
            table.print(console.out());
        }
    }

    private List<GroupListing> groups() {
        try (Admin admin = cluster.admin()) {
            return await(admin.listGroups().all()).stream()
                    .sorted(Comparator.comparing(GroupListing::groupId))
                    .toList();
        }
    }

    private static Object json(GroupListing group) {
        return Json.object(
                "group", group.groupId(), "state", state(group), "type", type(group), "protocol", group.protocol());
    }

    private static String state(GroupListing group) {
        return group.groupState().map(Object::toString).orElse("Unknown");
    }

    private static String type(GroupListing group) {
        return group.type().map(it -> it.toString().toLowerCase(Locale.ROOT)).orElse("unknown");
    }
}
