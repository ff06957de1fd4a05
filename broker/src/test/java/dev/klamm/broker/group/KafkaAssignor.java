package dev.klamm.broker.group;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

/** Apache Kafka's own assignors, called as ours are. Members reach them in the order of the map, where their own order is a hash table's. */
record KafkaAssignor(ConsumerGroupPartitionAssignor assignor) {
    static final KafkaAssignor UNIFORM = new KafkaAssignor(new UniformAssignor());
    static final KafkaAssignor RANGE = new KafkaAssignor(new RangeAssignor());

    Map<String, Map<Uuid, Set<Integer>>> assign(Map<String, Assignee> members, Map<Uuid, Integer> partitionCounts) {
        var group = new GroupSpecImpl(specs(members), subscriptionType(members), owners(members));
        var assigned = assignor.assign(group, describer(partitionCounts)).members();
        var result = new HashMap<String, Map<Uuid, Set<Integer>>>();
        members.keySet()
                .forEach(id -> result.put(
                        id, assigned.containsKey(id) ? assigned.get(id).partitions() : Map.of()));
        return result;
    }

    private static Map<String, MemberSubscriptionAndAssignmentImpl> specs(Map<String, Assignee> members) {
        var specs = new LinkedHashMap<String, MemberSubscriptionAndAssignmentImpl>();
        members.forEach((id, member) -> specs.put(
                id,
                new MemberSubscriptionAndAssignmentImpl(
                        Optional.empty(),
                        Optional.ofNullable(member.instanceId()),
                        member.topics(),
                        new Assignment(member.target()))));
        return specs;
    }

    private static SubscriptionType subscriptionType(Map<String, Assignee> members) {
        return members.values().stream().map(Assignee::topics).distinct().count() <= 1
                ? SubscriptionType.HOMOGENEOUS
                : SubscriptionType.HETEROGENEOUS;
    }

    private static Map<Uuid, Map<Integer, String>> owners(Map<String, Assignee> members) {
        var owners = new HashMap<Uuid, Map<Integer, String>>();
        members.forEach((id, member) -> member.target()
                .forEach((topic, partitions) -> partitions.forEach(partition ->
                        owners.computeIfAbsent(topic, _ -> new HashMap<>()).put(partition, id))));
        return owners;
    }

    private static SubscribedTopicDescriber describer(Map<Uuid, Integer> partitionCounts) {
        return new SubscribedTopicDescriber() {
            @Override
            public int numPartitions(Uuid topicId) {
                return partitionCounts.getOrDefault(topicId, -1);
            }

            @Override
            public Set<String> racksForPartition(Uuid topicId, int partition) {
                return Set.of();
            }
        };
    }
}
