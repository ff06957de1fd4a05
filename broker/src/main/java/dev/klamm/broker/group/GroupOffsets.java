package dev.klamm.broker.group;

import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The offsets of one group: those that are committed, and those that a producer has sent along with its transaction, which
 * are pending until the transaction ends. Changed by replaying records and markers, and in no other way.
 */
final class GroupOffsets {
    private final CommittedOffsets committed = new CommittedOffsets();
    // Producer id -> what its open transaction is to commit; no value is empty.
    private final TreeMap<Long, CommittedOffsets> pending = new TreeMap<>();

    interface PartitionVisitor {
        void visit(String topic, int partition);
    }

    private record Partition(String topic, int index) implements Comparable<Partition> {
        @Override
        public int compareTo(Partition other) {
            int byTopic = topic.compareTo(other.topic);
            return byTopic != 0 ? byTopic : Integer.compare(index, other.index);
        }
    }

    CommittedOffsets committed() {
        return committed;
    }

    @Nullable
    CommittedOffset committed(String topic, int partition) {
        return committed.get(topic, partition);
    }

    boolean isPending(String topic, int partition) {
        return pending.values().stream().anyMatch(offsets -> offsets.get(topic, partition) != null);
    }

    boolean isAnyPending() {
        return !pending.isEmpty();
    }

    boolean isEmpty() {
        return committed.isEmpty() && pending.isEmpty();
    }

    /** Whether there is anything of the partition that a tombstone would take away. */
    boolean has(String topic, int partition) {
        return committed.get(topic, partition) != null || isPending(topic, partition);
    }

    /** Every partition that is committed or pending, once. */
    void forEachPartition(PartitionVisitor visitor) {
        var all = new TreeSet<Partition>();
        forEach((topic, partition, offset) -> all.add(new Partition(topic, partition)));
        all.forEach(partition -> visitor.visit(partition.topic(), partition.index()));
    }

    /** The committed ones, then the pending ones of each producer. */
    void forEach(CommittedOffsets.Visitor visitor) {
        committed.forEach(visitor);
        pending.values().forEach(offsets -> offsets.forEach(visitor));
    }

    void commit(String topic, int partition, CommittedOffset offset) {
        committed.put(topic, partition, offset);
    }

    void commitWith(long producerId, String topic, int partition, CommittedOffset offset) {
        pending.computeIfAbsent(producerId, id -> new CommittedOffsets()).put(topic, partition, offset);
    }

    /** A tombstone takes the pending ones, too: a transaction that ends after it brings nothing back. */
    void remove(String topic, int partition) {
        committed.remove(topic, partition);
        pending.values().removeIf(offsets -> {
            offsets.remove(topic, partition);
            return offsets.isEmpty();
        });
    }

    /**
     * The producer's transaction has ended. What it commits does not take the place of what was committed by a later record:
     * compaction keeps the last record of a partition, and a replay of what is left must come to the same.
     */
    void endTransaction(long producerId, boolean isCommit) {
        CommittedOffsets ended = pending.remove(producerId);
        if (ended == null || !isCommit) {
            return;
        }
        ended.forEach((topic, partition, offset) -> {
            CommittedOffset present = committed.get(topic, partition);
            if (present == null || present.recordOffset() < offset.recordOffset()) {
                committed.put(topic, partition, offset);
            }
        });
    }
}
