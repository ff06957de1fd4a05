package dev.klamm.broker.group;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;

/**
 * The offsets of all groups of one partition. They are kept apart from the groups, as their records are: a group that moves
 * from one protocol to the other leaves a tombstone of what it was, and keeps its offsets.
 */
final class OffsetStore {
    private static final GroupOffsets NONE = new GroupOffsets();

    private final Map<String, GroupOffsets> byGroup = new HashMap<>();
    // Producer id -> groups that may have pending offsets of it.
    private final Map<Long, Set<String>> groupsOfProducers = new HashMap<>();

    /** To be looked at only. */
    GroupOffsets of(String groupId) {
        return byGroup.getOrDefault(groupId, NONE);
    }

    /**
     * @param value null is a tombstone
     * @param recordOffset of the record in the log
     * @param producerId in whose transaction the record was written; null if in none
     */
    void replay(OffsetCommitKey key, @Nullable OffsetCommitValue value, long recordOffset, @Nullable Long producerId) {
        if (value == null) {
            remove(key);
            return;
        }
        GroupOffsets offsets = byGroup.computeIfAbsent(key.group(), id -> new GroupOffsets());
        CommittedOffset offset = CommittedOffset.of(value, recordOffset);
        if (producerId == null) {
            offsets.commit(key.topic(), key.partition(), offset);
        } else {
            offsets.commitWith(producerId, key.topic(), key.partition(), offset);
            groupsOfProducers.computeIfAbsent(producerId, id -> new HashSet<>()).add(key.group());
        }
    }

    private void remove(OffsetCommitKey key) {
        byGroup.computeIfPresent(key.group(), (id, offsets) -> {
            offsets.remove(key.topic(), key.partition());
            return offsets.isEmpty() ? null : offsets;
        });
    }

    /** A producer's transaction has ended: what it sent along is committed from now on, or was never there. */
    void endTransaction(long producerId, boolean isCommit) {
        Set<String> groups = groupsOfProducers.remove(producerId);
        if (groups != null) {
            groups.forEach(groupId -> byGroup.computeIfPresent(groupId, (id, offsets) -> {
                offsets.endTransaction(producerId, isCommit);
                return offsets.isEmpty() ? null : offsets;
            }));
        }
    }
}
