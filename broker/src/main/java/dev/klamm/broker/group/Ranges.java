package dev.klamm.broker.group;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.Uuid;

/** {@link Assignor#RANGE}: the partitions of each topic, in order, cut into as many ranges as the topic has subscribers. */
final class Ranges {
    private Ranges() {}

    static AssignmentDraft of(Assignees members) {
        var assignment = new AssignmentDraft(members.ids());
        for (Uuid topic : members.topics()) {
            List<String> subscribers = inOrder(members, members.subscribers(topic));
            int smallest = members.partitionCount(topic) / subscribers.size();
            int largerOnes = members.partitionCount(topic) % subscribers.size();
            int next = 0;
            for (int i = 0; i < subscribers.size(); i++) {
                int end = next + smallest + (i < largerOnes ? 1 : 0);
                for (; next < end; next++) {
                    assignment.give(subscribers.get(i), topic, next);
                }
            }
        }
        return assignment;
    }

    /**
     * Static members come first, by their instance ids: their place, and with it their range, is the same when they come back
     * under another member id.
     */
    private static List<String> inOrder(Assignees members, int[] subscribers) {
        Comparator<Integer> byInstance =
                Comparator.comparing(members::instanceId, Comparator.nullsLast(Comparator.naturalOrder()));
        return Arrays.stream(subscribers)
                .boxed()
                .sorted(byInstance.thenComparing(Comparator.naturalOrder()))
                .map(members::id)
                .toList();
    }
}
