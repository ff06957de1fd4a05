package dev.klamm.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm consume}: each record becomes a line. */
@Command(
        name = "consume",
        description = "Print the records of a topic, one line each; go on with new ones until ctrl-C.",
        sortOptions = false,
        footer = {
            "",
            "A position is beginning, end, an offset, a time (2026-11-20T14:30, local unless it ends in Z) "
                    + "or -10m for ten minutes ago. With --group, records are shared among all who consume as that "
                    + "group, and it goes on where the group has committed; --from then counts for partitions where "
                    + "it has not.",
            "",
            "Examples:",
            "  klamm consume rides",
            "  klamm consume rides --from end",
            "  klamm consume rides --from -10m --max 5 --with timestamp,key",
            "  klamm consume rides --partition 0 --from 1200 -o json",
            "  klamm consume rides --group dashboard --exit-at-end"
        })
final class ConsumeCommand implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "TOPIC", description = "Where from.")
    private String topic = "";

    @Option(
            names = {"-f", "--from"},
            paramLabel = "POSITION",
            converter = Position.Converter.class,
            description = "Where to start (default: beginning).")
    private Position from = new Position.Beginning();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            split = ",",
            description = "Read these partitions alone (default: all).")
    private Set<Integer> partitions = Set.of();

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = "Consume as a member of this group, and commit what was printed.")
    private @Nullable String group;

    @Option(
            names = {"-n", "--max"},
            paramLabel = "N",
            description = "Stop after so many records.")
    private long max = Long.MAX_VALUE;

    @Option(
            names = {"-e", "--exit-at-end"},
            description = "Stop at what was the end when it started.")
    private boolean exitAtEnd;

    @Option(
            names = {"-w", "--with"},
            paramLabel = "PART",
            split = ",",
            description = "Also print these before the value: timestamp, partition, offset, headers, key.")
    private Set<RecordPrinter.Part> parts = Set.of();

    @Option(names = "--separator", paramLabel = "TEXT", description = "What stands between them (default: a tab).")
    private String separator = "\\t";

    @Option(names = "--read-committed", description = "Leave out what was written in transactions that did not commit.")
    private boolean readCommitted;

    ConsumeCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        if (group != null && !partitions.isEmpty()) {
            throw Failure.ofUse("A group shares out the partitions by itself: give --group or --partition, not both.");
        }
        var settings = settings();
        RecordPrinter printer =
                format.isJson() ? RecordPrinter.json() : RecordPrinter.text(ordered(parts), Escapes.resolve(separator));
        Map<TopicPartition, Long> starts;
        Map<TopicPartition, Long> ends;
        try (Admin admin = cluster.admin()) {
            var known = new Partitions(admin, isolation());
            List<TopicPartition> wanted = wanted(known.ofTopic(topic));
            starts = group == null ? known.resolve(from, wanted) : Map.of();
            ends = exitAtEnd ? known.offsets(wanted, OffsetSpec.latest()) : Map.of();
        }
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            if (group == null) {
                consumer.assign(starts.keySet());
                starts.forEach(consumer::seek);
            } else {
                consumer.subscribe(List.of(topic));
            }
            new ConsumeLoop(console, consumer, printer, group != null).run(max, ends);
        }
    }

    private static Set<RecordPrinter.Part> ordered(Set<RecordPrinter.Part> parts) {
        return parts.isEmpty() ? parts : EnumSet.copyOf(parts);
    }

    private IsolationLevel isolation() {
        return readCommitted ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED;
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = cluster.clientSettings();
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation().toString());
        if (group != null) {
            settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
            settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, resetPolicy(Clock.systemUTC()));
        }
        return settings;
    }

    /** What the group does with a partition where it has committed nothing. */
    private String resetPolicy(Clock clock) {
        return switch (from) {
            case Position.Beginning _ -> "earliest";
            case Position.End _ -> "latest";
            case Position.Time(Instant time) -> "by_duration:" + Duration.between(time, clock.instant());
            case Position.Offset _ ->
                throw Failure.ofUse("A group can't be started at an offset with consume; move it there with: "
                        + "klamm group reset-offsets " + group + " --topic " + topic + " --to OFFSET --execute");
        };
    }

    private List<TopicPartition> wanted(List<TopicPartition> all) {
        for (int partition : partitions) {
            if (partition < 0 || partition >= all.size()) {
                throw new Failure("Topic " + topic + " has no partition " + partition + ": it has "
                        + Amount.of(all.size(), "partition") + ", counted from 0.");
            }
        }
        return all.stream()
                .filter(it -> partitions.isEmpty() || partitions.contains(it.partition()))
                .toList();
    }
}
