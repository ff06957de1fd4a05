package dev.klamm.broker.group;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.modern.MemberAssignmentImpl;

/**
 * Our uniform assignor for Kafka's groups: Kafka's own follows the order of its hash tables, and a comparison of groups would
 * find nothing but that. What the assignors themselves do is compared in {@link AssignorTest}.
 */
public final class OurAssignor implements ConsumerGroupPartitionAssignor {

    @Override
    public String name() {
        return Assignor.UNIFORM.id();
    }

    @Override
    public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
        var members = new TreeMap<String, Assignee>();
        var partitionCounts = new HashMap<Uuid, Integer>();
        for (String memberId : group.memberIds()) {
            var subscription = group.memberSubscription(memberId);
            for (Uuid topicId : subscription.subscribedTopicIds()) {
                partitionCounts.put(topicId, topics.numPartitions(topicId));
            }
            members.put(
                    memberId,
                    new Assignee(
                            subscription.instanceId().orElse(null),
                            java.util.Set.copyOf(subscription.subscribedTopicIds()),
                            group.memberAssignment(memberId).partitions()));
        }
        Map<String, MemberAssignment> assigned = new HashMap<>();
        Assignor.UNIFORM
                .assign(members, partitionCounts)
                .forEach((memberId, target) -> assigned.put(memberId, new MemberAssignmentImpl(target)));
        return new GroupAssignment(assigned);
    }
}
