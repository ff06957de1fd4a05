package dev.klamm.broker.group;

import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The committed offsets of one group, by topic and partition. Changed by replaying records, and in no other way. */
final class CommittedOffsets {
    private final TreeMap<String, TreeMap<Integer, CommittedOffset>> byTopic = new TreeMap<>();

    interface Visitor {
        void visit(String topic, int partition, CommittedOffset offset);
    }

    @Nullable
    CommittedOffset get(String topic, int partition) {
        SequencedMap<Integer, CommittedOffset> partitions = byTopic.get(topic);
        return partitions == null ? null : partitions.get(partition);
    }

    void put(String topic, int partition, CommittedOffset offset) {
        byTopic.computeIfAbsent(topic, name -> new TreeMap<>()).put(partition, offset);
    }

    void remove(String topic, int partition) {
        byTopic.computeIfPresent(topic, (name, partitions) -> {
            partitions.remove(partition);
            return partitions.isEmpty() ? null : partitions;
        });
    }

    boolean isEmpty() {
        return byTopic.isEmpty();
    }

    /** Topics by name, partitions by number. */
    void forEach(Visitor visitor) {
        byTopic.forEach((topic, partitions) -> partitions.forEach((p, offset) -> visitor.visit(topic, p, offset)));
    }
}
