package dev.klamm.broker.topic;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A topic that somebody wants.
 *
 * @param partitionCount -1: the broker's {@code num.partitions}, or as many as {@code assignments} has
 * @param replicationFactor -1: the broker's choice, which is 1
 * @param assignments broker ids by partition; empty: the broker's choice
 * @param settings the topic's own; a null value is refused
 */
public record NewTopic(
        String name,
        int partitionCount,
        int replicationFactor,
        Map<Integer, List<Integer>> assignments,
        Map<String, @Nullable String> settings) {

    /** With the broker's choice of everything. */
    public static NewTopic named(String name) {
        return new NewTopic(name, -1, -1, Map.of(), Map.of());
    }
}
