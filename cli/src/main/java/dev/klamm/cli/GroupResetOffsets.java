package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm group reset-offsets}: like Kafka's tool, it shows what it would do, and does it with --execute. */
@Command(
        name = "reset-offsets",
        description = "Move a group to another place. It only shows what it would do, unless --execute is given.",
        sortOptions = false,
        footer = {
            "",
            "The group must have no members at that time: stop them first.",
            "",
            "Examples:",
            "  klamm group reset-offsets dashboard --all-topics --to beginning",
            "  klamm group reset-offsets dashboard --topic rides --to -1h --execute",
            "  klamm group reset-offsets dashboard --topic rides:0,2 --to 1200 --execute"
        })
final class GroupResetOffsets implements Runnable {

    private static final class Scope {
        @Option(
                names = {"-t", "--topic"},
                paramLabel = "TOPIC[:N,N]",
                required = true,
                description = "All partitions of a topic, or those named; may be given again.")
        private List<String> topics = List.of();

        @Option(names = "--all-topics", required = true, description = "Wherever the group has committed offsets.")
        private boolean allTopics;
    }

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "GROUP", description = "Name of the group.")
    private String group = "";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Scope scope = new Scope();

    @Option(
            names = "--to",
            paramLabel = "POSITION",
            required = true,
            converter = Position.Converter.class,
            description = "beginning (or earliest), end (or latest), an offset, a time, or -10m for ten minutes ago.")
    private Position to = new Position.Beginning();

    @Option(names = "--execute", description = "Do it.")
    private boolean execute;

    @Option(names = "--dry-run", description = "Show only (the default).")
    private boolean dryRun;

    GroupResetOffsets(Console console) {
        this.console = console;
    }

    /** @param from null where the group has committed nothing */
    private record Move(TopicPartition partition, @Nullable Long from, long to) {}

    @Override
    public void run() {
        if (execute && dryRun) {
            throw Failure.ofUse("--dry-run shows and --execute does: give one of them.");
        }
        List<Move> moves;
        try (Admin admin = cluster.admin()) {
            moves = plan(admin);
            if (execute) {
                apply(admin, moves);
            }
        }
        print(moves);
    }

    private List<Move> plan(Admin admin) {
        Map<TopicPartition, @Nullable OffsetAndMetadata> committed =
                await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        var partitions = new Partitions(admin);
        List<TopicPartition> scoped = scope.allTopics ? List.copyOf(committed.keySet()) : named(partitions);
        if (scoped.isEmpty()) {
            throw new Failure("Group " + group + " has committed no offsets; name the topic with --topic.");
        }
        List<Move> moves = new ArrayList<>();
        partitions.resolve(to, scoped).forEach((partition, offset) -> {
            OffsetAndMetadata before = committed.get(partition);
            moves.add(new Move(partition, before == null ? null : before.offset(), offset));
        });
        moves.sort(Comparator.comparing((Move move) -> move.partition.topic())
                .thenComparingInt(move -> move.partition.partition()));
        return moves;
    }

    private List<TopicPartition> named(Partitions partitions) {
        List<TopicPartition> named = new ArrayList<>();
        for (String topic : scope.topics) {
            int colon = topic.indexOf(':');
            String name = colon < 0 ? topic : topic.substring(0, colon);
            List<String> only =
                    colon < 0 ? List.of() : List.of(topic.substring(colon + 1).split(",", -1));
            List<TopicPartition> all = partitions.ofTopic(name);
            all.stream()
                    .filter(it -> only.isEmpty() || only.contains(String.valueOf(it.partition())))
                    .forEach(named::add);
            if (!only.isEmpty()
                    && named.stream().filter(it -> it.topic().equals(name)).count() != only.size()) {
                throw new Failure("Topic " + name + " has " + Amount.of(all.size(), "partition")
                        + ", counted from 0; not all of " + String.join(",", only) + " are among them.");
            }
        }
        return named;
    }

    private void apply(Admin admin, List<Move> moves) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        moves.forEach(move -> offsets.put(move.partition, new OffsetAndMetadata(move.to)));
        try {
            await(admin.alterConsumerGroupOffsets(group, offsets).all());
        } catch (UnknownMemberIdException e) {
            throw new Failure("Group " + group + " has members, which would go on where they are: stop them first.");
        }
    }

    private void print(List<Move> moves) {
        var out = console.out();
        if (format.isJson()) {
            Json.print(out, moves.stream().map(this::json).toList());
            return;
        }
        Table table = Table.of("TOPIC", "PARTITION", "FROM", "TO");
        moves.forEach(it ->
                table.row(it.partition.topic(), it.partition.partition(), it.from == null ? "-" : it.from, it.to));
        table.print(out);
        out.println(execute ? "Moved group " + group + "." : "Nothing is changed yet; to do it, add: --execute");
    }

    private Object json(Move move) {
        return Json.object(
                "topic",
                move.partition.topic(),
                "partition",
                move.partition.partition(),
                "from",
                move.from,
                "to",
                move.to,
                "executed",
                execute);
    }
}
