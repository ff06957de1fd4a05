package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm topic list}. */
@Command(
        name = "list",
        description = "List the topics, with how much is in them.",
        sortOptions = false,
        footer = {
            "",
            "RECORDS is the distance from the first kept offset to the end: where a topic is compacted, or "
                    + "written in transactions, there are fewer. SIZE is on disk, over all replicas.",
            "",
            "Examples:",
            "  klamm topic list",
            "  klamm topic list -o json | jq -r '.[].topic'"
        })
final class TopicList implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Option(names = "--internal", description = "Also list the topics that the cluster keeps for itself.")
    private boolean internal;

    TopicList(Console console) {
        this.console = console;
    }

    /** @param bytes -1 if this user may not ask */
    private record Row(String topic, int partitions, int replicas, long records, long bytes) {}

    @Override
    public void run() {
        List<Row> rows = rows();
        if (format.isJson()) {
            Json.print(console.out(), rows.stream().map(TopicList::json).toList());
        } else if (rows.isEmpty()) {
            console.out().println("No topics yet. Create one with: klamm topic create NAME");
        } else {
            table(rows).print(console.out());
        }
    }

    private List<Row> rows() {
        try (Admin admin = cluster.admin()) {
            var names = await(admin.listTopics(new ListTopicsOptions().listInternal(internal))
                    .names());
            Collection<TopicDescription> topics =
                    await(admin.describeTopics(names).allTopicNames()).values();
            var partitions = new Partitions(admin);
            var all = Partitions.of(topics);
            var starts = partitions.offsets(all, OffsetSpec.earliest());
            var ends = partitions.offsets(all, OffsetSpec.latest());
            var sizes = partitions.sizes();
            return topics.stream()
                    .map(topic -> row(topic, starts, ends, sizes))
                    .sorted(Comparator.comparing(Row::topic))
                    .toList();
        }
    }

    private static Row row(
            TopicDescription topic,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> sizes) {
        long records = 0;
        long bytes = sizes.isEmpty() ? -1 : 0;
        for (TopicPartition partition : Partitions.of(List.of(topic))) {
            records += ends.getOrDefault(partition, 0L) - starts.getOrDefault(partition, 0L);
            bytes += sizes.getOrDefault(partition, 0L);
        }
        int replicas = topic.partitions().getFirst().replicas().size();
        return new Row(topic.name(), topic.partitions().size(), replicas, records, bytes);
    }

    private static Object json(Row row) {
        return Json.object(
                "topic", row.topic,
                "partitions", row.partitions,
                "replicas", row.replicas,
                "records", row.records,
                "bytes", row.bytes < 0 ? null : row.bytes);
    }

    private static Table table(List<Row> rows) {
        Table table = Table.of("TOPIC", "PARTITIONS", "REPLICAS", "RECORDS", "SIZE");
        for (Row row : rows) {
            String size = row.bytes < 0 ? "-" : Amount.bytes(row.bytes);
            table.row(row.topic, row.partitions, row.replicas, Amount.count(row.records), size);
        }
        return table;
    }
}
