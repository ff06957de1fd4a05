package dev.klamm.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm config set}. */
@Command(
        name = "set",
        description = "Give settings to a topic, a group or a broker, or take them back. All take effect, or none.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm config set --topic rides retention.ms=3600000 max.message.bytes=2000000",
            "  klamm config set --topic rides --unset retention.ms",
            "  klamm config set --group dispatch consumer.session.timeout.ms=50000"
        })
final class ConfigSet implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @ArgGroup(exclusive = true, multiplicity = "1")
    private ConfigTarget target = new ConfigTarget();

    @Parameters(paramLabel = "KEY=VALUE", arity = "0..*", description = "What to set.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--unset", paramLabel = "KEY", description = "Go back to the default; may be given again.")
    private List<String> unset = List.of();

    ConfigSet(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        SettingsChange change = new SettingsChange(set, unset);
        if (change.isEmpty()) {
            throw Failure.ofUse("Nothing to set: give KEY=VALUE or --unset KEY.");
        }
        try (Admin admin = cluster.admin()) {
            change.apply(admin, target.resource());
        }
        console.out().println("Changed the settings of " + target + ".");
    }
}
