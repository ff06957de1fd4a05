package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code klamm group describe}. */
@Command(
        name = "describe",
        description = "Show where groups are in each partition, how far behind, and which member has it.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm group describe dashboard",
            "  klamm group describe dashboard -o json | jq '[.[0].partitions[].lag] | add'"
        })
final class GroupDescribe implements Runnable {

    private static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Names of the groups.")
    private List<String> names = List.of();

    GroupDescribe(Console console) {
        this.console = console;
    }

    /**
     * @param committed null if the group has committed nothing there
     * @param member null if nobody has the partition
     */
    private record Row(
            TopicPartition of,
            @Nullable Long committed,
            long end,
            @Nullable MemberDescription member) {
        @Nullable
        Long lag() {
            return committed == null ? null : Math.max(0, end - committed);
        }
    }

    private record Group(ConsumerGroupDescription about, List<Row> rows) {}

    @Override
    public void run() {
        List<Group> groups = new ArrayList<>();
        try (Admin admin = cluster.admin()) {
            var described = await(admin.describeConsumerGroups(names).all());
            for (String name : names) {
                ConsumerGroupDescription about = requireNonNull(described.get(name));
                groups.add(new Group(about, rows(admin, about)));
            }
        }
        if (format.isJson()) {
            Json.print(console.out(), groups.stream().map(GroupDescribe::json).toList());
        } else {
            groups.forEach(this::print);
        }
    }

    private static List<Row> rows(Admin admin, ConsumerGroupDescription group) {
        Map<TopicPartition, @Nullable OffsetAndMetadata> committed =
                await(admin.listConsumerGroupOffsets(group.groupId()).partitionsToOffsetAndMetadata());
        Map<TopicPartition, MemberDescription> members = new HashMap<>();
        for (MemberDescription member : group.members()) {
            member.assignment().topicPartitions().forEach(it -> members.put(it, member));
        }
        var all = new TreeSet<>(BY_NAME);
        all.addAll(committed.keySet());
        all.addAll(members.keySet());
        var ends = new Partitions(admin).offsetsOfExisting(all, OffsetSpec.latest());
        return all.stream()
                .filter(ends::containsKey)
                .map(it -> new Row(it, offset(committed.get(it)), ends.getOrDefault(it, 0L), members.get(it)))
                .toList();
    }

    private static String type(ConsumerGroupDescription group) {
        return group.type().toString().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Long offset(@Nullable OffsetAndMetadata committed) {
        return committed == null ? null : committed.offset();
    }

    private static Object json(Group group) {
        return Json.object(
                "group", group.about.groupId(),
                "type", type(group.about),
                "state", group.about.groupState(),
                "groupEpoch", group.about.groupEpoch().orElse(null),
                "coordinator", group.about.coordinator().id(),
                "assignor", group.about.partitionAssignor(),
                "members",
                        group.about.members().stream().map(GroupDescribe::json).toList(),
                "partitions", group.rows.stream().map(GroupDescribe::json).toList());
    }

    private static Object json(MemberDescription member) {
        return Json.object(
                "member", member.consumerId(),
                "instance", member.groupInstanceId().orElse(null),
                "client", member.clientId(),
                "host", member.host(),
                "epoch", member.memberEpoch().orElse(null),
                "partitions", member.assignment().topicPartitions().size());
    }

    private static Object json(Row row) {
        return Json.object(
                "topic",
                row.of.topic(),
                "partition",
                row.of.partition(),
                "committed",
                row.committed,
                "end",
                row.end,
                "lag",
                row.lag(),
                "member",
                row.member == null ? null : row.member.consumerId());
    }

    private void print(Group group) {
        var out = console.out();
        var about = group.about;
        String assignor = about.partitionAssignor().isEmpty() ? "" : ", assignor " + about.partitionAssignor();
        out.println("Group " + about.groupId() + " (" + type(about) + "): " + about.groupState() + ", "
                + Amount.of(about.members().size(), "member") + assignor + ", coordinator "
                + about.coordinator().id());
        if (!group.rows.isEmpty()) {
            table(group.rows).print(out);
        }
        about.members().stream()
                .filter(member -> member.assignment().topicPartitions().isEmpty())
                .forEach(member -> out.println("Without a partition: " + name(member)));
    }

    private static Table table(List<Row> rows) {
        Table table = Table.of("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER");
        for (Row row : rows) {
            table.row(
                    row.of.topic(),
                    row.of.partition(),
                    row.committed == null ? "-" : row.committed,
                    row.end,
                    row.committed == null ? "-" : Amount.count(requireNonNull(row.lag())),
                    row.member == null ? "" : name(row.member));
        }
        return table;
    }

    /** Who that is, for a person: a static member's own name, or the client and the start of its id, and the host. */
    private static String name(MemberDescription member) {
        String unique =
                member.consumerId().substring(Math.max(0, member.consumerId().length() - 36));
        String id = member.clientId() + "-" + unique.substring(0, Math.min(8, unique.length()));
        return member.groupInstanceId().orElse(id) + " at " + member.host().replaceFirst("^/", "");
    }
}
