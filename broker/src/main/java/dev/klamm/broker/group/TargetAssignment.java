package dev.klamm.broker.group;

import dev.klamm.broker.topic.Topic;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/** Brings the target assignment of a {@link ConsumerGroup} up to the group's epoch. */
final class TargetAssignment {

    private TargetAssignment() {}

    /** Does nothing if the target is up to date, or the last one was computed a moment ago: the next heartbeat asks again. */
    static void update(ConsumerDraft draft) {
        ConsumerGroup group = draft.group();
        if (group.targetEpoch() < group.epoch() && isDue(draft)) {
            compute(draft);
        }
    }

    private static boolean isDue(ConsumerDraft draft) {
        int intervalMs = draft.step().cluster().settings(draft.groupId()).assignmentIntervalMs();
        long lastMs = draft.group().targetTimestampMs();
        // Without an interval the clock doesn't count: a way out if it was set back.
        return lastMs == 0 || intervalMs == 0 || draft.step().now().wallMs() >= lastMs + intervalMs;
    }

    private static void compute(ConsumerDraft draft) {
        ConsumerGroup group = draft.group();
        var assignees = new TreeMap<String, Assignee>();
        var partitionCounts = new HashMap<Uuid, Integer>();
        for (ConsumerMember member : group.members()) {
            Set<Topic> topics = topics(group.topicsOf(member), draft.step().cluster());
            topics.forEach(topic -> partitionCounts.put(topic.id(), topic.partitionCount()));
            assignees.put(member.id(), assignee(member, topics, group));
        }
        assignor(group, draft.step().config().consumers().assignors())
                .assign(assignees, partitionCounts)
                .forEach((memberId, target) -> record(memberId, sorted(target), draft));
        draft.record(ConsumerRecords.target(
                draft.groupId(), group.epoch(), draft.step().now().wallMs()));
    }

    private static Set<Topic> topics(Set<String> names, Cluster cluster) {
        return names.stream()
                .map(cluster::topic)
                .filter(topic -> topic != null)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Assignee assignee(ConsumerMember member, Set<Topic> topics, ConsumerGroup group) {
        Set<Uuid> ids = topics.stream().map(Topic::id).collect(Collectors.toUnmodifiableSet());
        return new Assignee(
                member.subscription().instanceId(), ids, Collections.unmodifiableMap(group.targetOrEmpty(member.id())));
    }

    /** Only what changes is recorded. */
    private static void record(String memberId, SortedMap<Uuid, SortedSet<Integer>> target, ConsumerDraft draft) {
        if (!target.equals(draft.group().target(memberId))) {
            draft.record(ConsumerRecords.targetOf(draft.groupId(), memberId, target));
        }
    }

    private static SortedMap<Uuid, SortedSet<Integer>> sorted(Map<Uuid, Set<Integer>> target) {
        var sorted = new TreeMap<Uuid, SortedSet<Integer>>();
        target.forEach((topicId, partitions) -> sorted.put(topicId, new TreeSet<>(partitions)));
        return sorted;
    }

    /**
     * The one that most members ask for; of equals the one that the broker prefers, which is also taken if none is asked for.
     *
     * @param available in the broker's order of preference
     */
    static Assignor assignor(ConsumerGroup group, List<Assignor> available) {
        var votes = new EnumMap<Assignor, Integer>(Assignor.class);
        for (ConsumerMember member : group.members()) {
            String wish = member.subscription().assignor();
            if (wish != null) {
                Assignor.find(wish).ifPresent(assignor -> votes.merge(assignor, 1, Integer::sum));
            }
        }
        int most = votes.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return available.stream()
                .filter(assignor -> votes.getOrDefault(assignor, 0) == most)
                .findFirst()
                .orElse(available.getFirst());
    }
}
