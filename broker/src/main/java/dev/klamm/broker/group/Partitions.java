package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions;
import org.jspecify.annotations.Nullable;

/**
 * Partitions that a member has, each with the epoch in which it got it (KIP-1251). Immutable.
 *
 * @param epochs topic id to partition to epoch; no topic without a partition
 */
record Partitions(SortedMap<Uuid, SortedMap<Integer, Integer>> epochs) {

    static final Partitions NONE = new Partitions(new TreeMap<>());

    interface Test {
        boolean test(Uuid topicId, int partition);
    }

    /** All of them got in this epoch. */
    static Partitions of(Map<Uuid, ? extends Iterable<Integer>> partitions, int epoch) {
        var epochs = new TreeMap<Uuid, SortedMap<Integer, Integer>>();
        partitions.forEach((topicId, ofTopic) -> ofTopic.forEach(p -> put(epochs, topicId, p, epoch)));
        return new Partitions(epochs);
    }

    /**
     * As a record has them.
     *
     * @param defaultEpoch for records of a Kafka before 4.3, which have no epochs; of a static member that is away it is -2
     */
    static Partitions of(List<TopicPartitions> topics, int defaultEpoch) {
        var epochs = new TreeMap<Uuid, SortedMap<Integer, Integer>>();
        for (TopicPartitions topic : topics) {
            List<Integer> partitions = topic.partitions();
            List<Integer> given = topic.assignmentEpochs();
            boolean isGiven = given != null && given.size() == partitions.size();
            for (int i = 0; i < partitions.size(); i++) {
                int epoch = isGiven ? given.get(i) : Math.max(defaultEpoch, 0);
                put(epochs, topic.topicId(), partitions.get(i), epoch);
            }
        }
        return new Partitions(epochs);
    }

    List<TopicPartitions> toRecord() {
        var topics = new ArrayList<TopicPartitions>(epochs.size());
        epochs.forEach((topicId, partitions) -> topics.add(new TopicPartitions()
                .setTopicId(topicId)
                .setPartitions(List.copyOf(partitions.keySet()))
                .setAssignmentEpochs(List.copyOf(partitions.values()))));
        return topics;
    }

    boolean isEmpty() {
        return epochs.isEmpty();
    }

    int size() {
        return epochs.values().stream().mapToInt(Map::size).sum();
    }

    boolean has(Uuid topicId, int partition) {
        return epoch(topicId, partition) != null;
    }

    /** Null if it is not among them. */
    @Nullable
    Integer epoch(Uuid topicId, int partition) {
        Map<Integer, Integer> partitions = epochs.get(topicId);
        return partitions == null ? null : partitions.get(partition);
    }

    /** Whether one of these is among them. */
    boolean hasAnyOf(List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned) {
        return owned.stream().anyMatch(topic -> topic.partitions().stream().anyMatch(p -> has(topic.topicId(), p)));
    }

    boolean hasAllOf(List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned) {
        return owned.stream()
                .allMatch(topic -> epochs.containsKey(topic.topicId())
                        && topic.partitions().stream().allMatch(p -> has(topic.topicId(), p)));
    }

    /** Without epochs. */
    SortedMap<Uuid, SortedSet<Integer>> numbers() {
        var numbers = new TreeMap<Uuid, SortedSet<Integer>>();
        epochs.forEach((topicId, partitions) -> numbers.put(topicId, new TreeSet<>(partitions.keySet())));
        return numbers;
    }

    Partitions filter(Test test) {
        var kept = new TreeMap<Uuid, SortedMap<Integer, Integer>>();
        epochs.forEach((topicId, partitions) -> partitions.forEach((partition, epoch) -> {
            if (test.test(topicId, partition)) {
                put(kept, topicId, partition, epoch);
            }
        }));
        return new Partitions(kept);
    }

    Partitions with(Partitions added) {
        var all = new TreeMap<Uuid, SortedMap<Integer, Integer>>();
        epochs.forEach((topicId, partitions) -> all.put(topicId, new TreeMap<>(partitions)));
        added.epochs.forEach((topicId, partitions) -> partitions.forEach((p, epoch) -> put(all, topicId, p, epoch)));
        return new Partitions(all);
    }

    Partitions inEpoch(int epoch) {
        var all = new TreeMap<Uuid, SortedMap<Integer, Integer>>();
        epochs.forEach((topicId, partitions) -> partitions.keySet().forEach(p -> put(all, topicId, p, epoch)));
        return new Partitions(all);
    }

    private static void put(Map<Uuid, SortedMap<Integer, Integer>> epochs, Uuid topicId, int partition, int epoch) {
        epochs.computeIfAbsent(topicId, _ -> new TreeMap<>()).put(partition, epoch);
    }
}
