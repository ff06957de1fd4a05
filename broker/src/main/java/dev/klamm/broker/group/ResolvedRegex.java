package dev.klamm.broker.group;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;

/**
 * The topics that a regular expression comes to.
 *
 * @param topics by name
 * @param topicsVersion {@link Cluster#topicsVersion} of the topics it was looked up in
 * @param timestampMs ms since 1970, of the look-up
 */
record ResolvedRegex(SortedSet<String> topics, long topicsVersion, long timestampMs) {

    static ResolvedRegex of(ConsumerGroupRegularExpressionValue value) {
        return new ResolvedRegex(
                Collections.unmodifiableSortedSet(new TreeSet<>(value.topics())), value.version(), value.timestamp());
    }

    ConsumerGroupRegularExpressionValue toValue() {
        return new ConsumerGroupRegularExpressionValue()
                .setTopics(List.copyOf(topics))
                .setVersion(topicsVersion)
                .setTimestamp(timestampMs);
    }
}
