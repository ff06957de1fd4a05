package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code klamm topic describe}. */
@Command(
        name = "describe",
        description = "Show partitions, offsets and settings of topics.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  klamm topic describe rides",
            "  klamm topic describe rides -o json | jq '.[0].partitions[].end'"
        })
final class TopicDescribe implements Runnable {

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Mixin
    private OutputFormat format = new OutputFormat();

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Names of the topics.")
    private List<String> names = List.of();

    TopicDescribe(Console console) {
        this.console = console;
    }

    /** @param leader null while the partition has none */
    private record Partition(
            int partition,
            @Nullable Integer leader,
            List<Integer> replicas,
            List<Integer> inSync,
            long start,
            long end,
            long bytes) {}

    private record Topic(String name, String id, Map<String, String> settings, List<Partition> partitions) {}

    @Override
    public void run() {
        List<Topic> topics = describe();
        if (format.isJson()) {
            Json.print(console.out(), topics.stream().map(TopicDescribe::json).toList());
        } else {
            topics.forEach(this::print);
        }
    }

    private List<Topic> describe() {
        try (Admin admin = cluster.admin()) {
            var topics = await(admin.describeTopics(names).allTopicNames()).values();
            var partitions = new Partitions(admin);
            var all = Partitions.of(topics);
            var starts = partitions.offsets(all, OffsetSpec.earliest());
            var ends = partitions.offsets(all, OffsetSpec.latest());
            var sizes = partitions.sizes();
            var settings = await(admin.describeConfigs(
                            names.stream().map(TopicDescribe::resource).toList())
                    .all());
            List<Topic> described = new ArrayList<>();
            for (TopicDescription topic : topics) {
                List<Partition> rows = topic.partitions().stream()
                        .map(info -> partition(topic.name(), info, starts, ends, sizes))
                        .toList();
                var own = ownSettings(requireNonNull(settings.get(resource(topic.name()))));
                described.add(new Topic(topic.name(), topic.topicId().toString(), own, rows));
            }
            described.sort(Comparator.comparing(Topic::name));
            return described;
        }
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private static Map<String, String> ownSettings(Config config) {
        return config.entries().stream()
                .filter(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG)
                .collect(Collectors.toMap(
                        entry -> entry.name(), entry -> String.valueOf(entry.value()), (a, _) -> a, TreeMap::new));
    }

    private static Partition partition(
            String topic,
            TopicPartitionInfo info,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> sizes) {
        var partition = new TopicPartition(topic, info.partition());
        return new Partition(
                info.partition(),
                info.leader() == null ? null : info.leader().id(),
                info.replicas().stream().map(Node::id).toList(),
                info.isr().stream().map(Node::id).toList(),
                starts.getOrDefault(partition, 0L),
                ends.getOrDefault(partition, 0L),
                sizes.isEmpty() ? -1 : sizes.getOrDefault(partition, 0L));
    }

    private static Object json(Topic topic) {
        return Json.object(
                "topic", topic.name,
                "id", topic.id,
                "settings", topic.settings,
                "partitions", topic.partitions.stream().map(TopicDescribe::json).toList());
    }

    private static Object json(Partition it) {
        return Json.object(
                "partition", it.partition,
                "leader", it.leader,
                "replicas", it.replicas,
                "isr", it.inSync,
                "start", it.start,
                "end", it.end,
                "bytes", it.bytes < 0 ? null : it.bytes);
    }

    private void print(Topic topic) {
        var out = console.out();
        out.println("Topic " + topic.name + " (id " + topic.id + ")");
        topic.settings.forEach((key, value) -> out.println("  " + key + "=" + value));
        Table table = Table.of("PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END", "RECORDS", "SIZE");
        for (Partition it : topic.partitions) {
            table.row(
                    it.partition,
                    it.leader == null ? "-" : it.leader,
                    list(it.replicas),
                    list(it.inSync),
                    it.start,
                    it.end,
                    Amount.count(it.end - it.start),
                    it.bytes < 0 ? "-" : Amount.bytes(it.bytes));
        }
        table.print(out);
    }

    private static String list(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
