package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm config describe}. */
@Command(
        name = "describe",
        description = "Show settings: those that were given or, with --all, every one there is.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm config describe --topic rides",
            "  klamm config describe --topic rides --all",
            "  klamm config describe --topic rides retention.ms --docs",
            "  klamm config describe --broker 1",
            "  klamm config describe --group dispatch --all"
        })
final class ConfigDescribe implements Runnable {

    private static final Set<ConfigSource> NOT_GIVEN = Set.of(ConfigSource.DEFAULT_CONFIG, ConfigSource.UNKNOWN);

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @ArgGroup(exclusive = true, multiplicity = "1")
    private ConfigTarget target = new ConfigTarget();

    @Parameters(paramLabel = "KEY", arity = "0..*", description = "Show these settings alone, given or not.")
    private List<String> keys = List.of();

    @Option(
            names = {"-a", "--all"},
            description = "Also show settings that nobody gave.")
    private boolean all;

    @Option(names = "--docs", description = "Say what each is for.")
    private boolean docs;

    ConfigDescribe(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        List<ConfigEntry> settings = settings();
        if (format.isJson()) {
            Json.print(
                    console.out(), settings.stream().map(ConfigDescribe::json).toList());
        } else if (settings.isEmpty()) {
            console.out().println("No settings given for " + target + ". All that there are: --all");
        } else if (docs) {
            settings.forEach(this::printWithDocs);
        } else {
            table(settings).print(console.out());
        }
    }

    private List<ConfigEntry> settings() {
        ConfigResource resource = target.resource();
        var options = new DescribeConfigsOptions().includeDocumentation(docs || format.isJson());
        try (Admin admin = cluster.admin()) {
            var described =
                    await(admin.describeConfigs(List.of(resource), options).all());
            return requireNonNull(described.get(resource)).entries().stream()
                    .filter(this::isWanted)
                    .sorted(Comparator.comparing(ConfigEntry::name))
                    .toList();
        }
    }

    private boolean isWanted(ConfigEntry entry) {
        return keys.isEmpty() ? all || !NOT_GIVEN.contains(entry.source()) : keys.contains(entry.name());
    }

    private static Object json(ConfigEntry entry) {
        return Json.object(
                "name", entry.name(),
                "value", entry.value(),
                "source", source(entry),
                "type", entry.type().name().toLowerCase(Locale.ROOT),
                "readOnly", entry.isReadOnly(),
                "sensitive", entry.isSensitive(),
                "documentation", entry.documentation());
    }

    private static Table table(List<ConfigEntry> settings) {
        Table table = Table.of("SETTING", "VALUE", "FROM");
        settings.forEach(entry -> table.row(entry.name(), value(entry), source(entry)));
        return table;
    }

    private void printWithDocs(ConfigEntry entry) {
        console.out().println(entry.name() + "=" + value(entry) + "  (" + source(entry) + ")");
        for (String line : Paragraph.wrap(plain(entry.documentation()), console.width() - 4)) {
            console.out().println("    " + line);
        }
    }

    /** Kafka's documentation strings hold HTML. */
    private static String plain(@Nullable String documentation) {
        return documentation == null ? "" : documentation.replaceAll("<[^>]*>", "");
    }

    private static String value(ConfigEntry entry) {
        return entry.isSensitive() ? "(hidden)" : String.valueOf(entry.value());
    }

    private static String source(ConfigEntry entry) {
        return switch (entry.source()) {
            case DYNAMIC_TOPIC_CONFIG -> "topic";
            case DYNAMIC_BROKER_CONFIG, DYNAMIC_BROKER_LOGGER_CONFIG -> "broker, set while running";
            case DYNAMIC_DEFAULT_BROKER_CONFIG -> "cluster, set while running";
            case STATIC_BROKER_CONFIG -> "broker";
            case DYNAMIC_GROUP_CONFIG -> "group";
            case DEFAULT_CONFIG -> "default";
            default -> "unknown";
        };
    }
}
