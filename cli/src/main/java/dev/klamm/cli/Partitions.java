package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/** What is known of partitions beyond their metadata, asked for many at once. */
final class Partitions {

    private final Admin admin;

    Partitions(Admin admin) {
        this.admin = admin;
    }

    /** All partitions of these topics. */
    static List<TopicPartition> of(Collection<TopicDescription> topics) {
        return topics.stream().flatMap(Partitions::of).toList();
    }

    private static Stream<TopicPartition> of(TopicDescription topic) {
        return IntStream.range(0, topic.partitions().size())
                .mapToObj(partition -> new TopicPartition(topic.name(), partition));
    }

    /** The offsets that answer {@code spec}; a partition without a leader is left out. */
    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec spec) {
        ListOffsetsResult result =
                admin.listOffsets(partitions.stream().collect(Collectors.toMap(it -> it, _ -> spec)));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            offsets.put(partition, await(result.partitionResult(partition)).offset());
        }
        return offsets;
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
