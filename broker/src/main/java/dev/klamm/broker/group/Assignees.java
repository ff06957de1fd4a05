package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What an {@link Assignor} decides on, in the order of ids. A member's number is its place in that order. */
final class Assignees {
    /** Instead of a member's number, of a partition that is nobody's. */
    static final int NOBODY = -1;

    private final List<String> ids;
    private final List<Assignee> members;
    private final NavigableMap<Uuid, Integer> partitionCounts = new TreeMap<>();

    /** @param partitionCounts by topic id, of all topics that exist */
    Assignees(Map<String, Assignee> byId, Map<Uuid, Integer> partitionCounts) {
        var sorted = new TreeMap<>(byId);
        this.ids = List.copyOf(sorted.keySet());
        this.members = sorted.values().stream()
                .map(member -> existing(member, partitionCounts))
                .toList();
        members.forEach(member -> member.topics().forEach(topic -> {
            Integer count = partitionCounts.get(topic);
            if (count != null) {
                this.partitionCounts.put(topic, count);
            }
        }));
    }

    private static Assignee existing(Assignee member, Map<Uuid, Integer> partitionCounts) {
        var topics = new TreeSet<>(member.topics());
        topics.retainAll(partitionCounts.keySet());
        return new Assignee(member.instanceId(), topics, member.target());
    }

    int count() {
        return ids.size();
    }

    String id(int member) {
        return ids.get(member);
    }

    List<String> ids() {
        return ids;
    }

    @Nullable
    String instanceId(int member) {
        return members.get(member).instanceId();
    }

    Set<Uuid> topics() {
        return partitionCounts.keySet();
    }

    int partitionCount(Uuid topic) {
        return partitionCounts.getOrDefault(topic, 0);
    }

    int partitionCount() {
        return partitionCounts.values().stream().mapToInt(Integer::intValue).sum();
    }

    boolean wantTheSame() {
        return members.stream().map(Assignee::topics).distinct().count() <= 1;
    }

    /** Numbers of the members that are subscribed to a topic, in their order. */
    int[] subscribers(Uuid topic) {
        var subscribers = new ArrayList<Integer>();
        for (int member = 0; member < members.size(); member++) {
            if (members.get(member).topics().contains(topic)) {
                subscribers.add(member);
            }
        }
        return subscribers.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Whose each partition is so far, by topic and partition. What a member is no longer subscribed to is nobody's.
     */
    NavigableMap<Uuid, int[]> owners() {
        var owners = new TreeMap<Uuid, int[]>();
        partitionCounts.forEach((topic, count) -> {
            var ofTopic = new int[count];
            Arrays.fill(ofTopic, NOBODY);
            owners.put(topic, ofTopic);
        });
        for (int member = 0; member < members.size(); member++) {
            enter(member, owners);
        }
        return owners;
    }

    private void enter(int member, Map<Uuid, int[]> owners) {
        members.get(member).target().forEach((topic, partitions) -> {
            int[] ofTopic = owners.get(topic);
            if (ofTopic != null && members.get(member).topics().contains(topic)) {
                partitions.stream()
                        .filter(partition -> partition < ofTopic.length)
                        .forEach(partition -> {
                            ofTopic[partition] = member;
                        });
            }
        });
    }
}
