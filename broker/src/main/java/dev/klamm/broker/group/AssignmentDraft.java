package dev.klamm.broker.group;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/** An assignment that comes into being: sorted, and with every member from the beginning. */
final class AssignmentDraft {
    private final Map<String, Map<Uuid, Set<Integer>>> byMember = new TreeMap<>();

    AssignmentDraft(Iterable<String> members) {
        members.forEach(member -> byMember.put(member, new TreeMap<>()));
    }

    void give(String member, Uuid topic, int partition) {
        Objects.requireNonNull(byMember.get(member))
                .computeIfAbsent(topic, _ -> new TreeSet<>())
                .add(partition);
    }

    Map<String, Map<Uuid, Set<Integer>>> byMember() {
        return byMember;
    }
}
