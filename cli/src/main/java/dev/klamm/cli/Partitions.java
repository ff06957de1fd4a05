package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What is known of partitions beyond their metadata, asked for many at once. */
final class Partitions {

    private final Admin admin;
    private final ListOffsetsOptions options;

    Partitions(Admin admin) {
        this(admin, IsolationLevel.READ_UNCOMMITTED);
    }

    /** @param isolation what the end is: for READ_COMMITTED, a transaction that is open is behind it */
    Partitions(Admin admin, IsolationLevel isolation) {
        this.admin = admin;
        this.options = new ListOffsetsOptions(isolation);
    }

    /** All partitions of these topics. */
    static List<TopicPartition> of(Collection<TopicDescription> topics) {
        return topics.stream().flatMap(Partitions::of).toList();
    }

    private static Stream<TopicPartition> of(TopicDescription topic) {
        return IntStream.range(0, topic.partitions().size())
                .mapToObj(partition -> new TopicPartition(topic.name(), partition));
    }

    /**
     * All partitions of a topic.
     *
     * @throws Failure if there is none, with the topic that was perhaps meant
     */
    List<TopicPartition> ofTopic(String name) {
        try {
            return of(await(admin.describeTopics(List.of(name)).allTopicNames()).values());
        } catch (UnknownTopicOrPartitionException e) {
            Set<String> names = await(admin.listTopics().names());
            String hint = Nearest.to(name, names)
                    .map(it -> "Did you mean " + it + "?")
                    .orElse("Which there are: klamm topic list");
            throw new Failure("There is no topic " + name + ". " + hint);
        }
    }

    /** The offsets that answer {@code spec}; a partition without a leader is left out. */
    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec spec) {
        ListOffsetsResult result =
                admin.listOffsets(partitions.stream().collect(Collectors.toMap(it -> it, _ -> spec)), options);
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            offsets.put(partition, await(result.partitionResult(partition)).offset());
        }
        return offsets;
    }

    /** The same, without partitions that are gone. */
    Map<TopicPartition, Long> offsetsOfExisting(Collection<TopicPartition> partitions, OffsetSpec spec) {
        Set<String> existing = await(
                admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
        return offsets(
                partitions.stream().filter(it -> existing.contains(it.topic())).toList(), spec);
    }

    /** Where a position is in each partition; one beyond an end of the partition is that end. */
    Map<TopicPartition, Long> resolve(Position position, Collection<TopicPartition> partitions) {
        return switch (position) {
            case Position.Beginning _ -> offsets(partitions, OffsetSpec.earliest());
            case Position.End _ -> offsets(partitions, OffsetSpec.latest());
            case Position.Offset(long offset) -> {
                var starts = offsets(partitions, OffsetSpec.earliest());
                var offsets = offsets(partitions, OffsetSpec.latest());
                offsets.replaceAll((partition, end) -> Math.clamp(offset, starts.getOrDefault(partition, 0L), end));
                yield offsets;
            }
            case Position.Time(Instant time) -> {
                var offsets = offsets(partitions, OffsetSpec.forTimestamp(time.toEpochMilli()));
                var ends = offsets(partitions, OffsetSpec.latest());
                // No record is that young: the broker says -1.
                offsets.replaceAll((partition, offset) -> offset < 0 ? ends.getOrDefault(partition, 0L) : offset);
                yield offsets;
            }
        };
    }

    /** Bytes on disk over all replicas; empty where the cluster doesn't let this user ask. */
    Map<TopicPartition, Long> sizes() {
        Map<TopicPartition, Long> sizes = new HashMap<>();
        try {
            var nodes = await(admin.describeCluster().nodes());
            var brokers = await(
                    admin.describeLogDirs(nodes.stream().map(node -> node.id()).toList())
                            .allDescriptions());
            brokers.values().stream()
                    .flatMap(directories -> directories.values().stream())
                    .forEach(directory -> directory
                            .replicaInfos()
                            .forEach((partition, replica) -> sizes.merge(partition, replica.size(), Long::sum)));
        } catch (ApiException e) {
            return Map.of();
        }
        return sizes;
    }
}
