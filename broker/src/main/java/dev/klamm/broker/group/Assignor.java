package dev.klamm.broker.group;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/**
 * The server-side assignors of KIP-848: who is to have which partitions. Pure.
 *
 * <p>They decide as Kafka's of 4.3 do. What Kafka leaves to the order of its hash tables follows the order of member ids, of
 * topic ids and of partitions here, so that equal groups get equal assignments. Racks play no part, as in Kafka 4.3.
 */
enum Assignor {
    /**
     * Everybody has the same number of partitions, give or take one, as far as subscriptions allow; whoever has a partition
     * keeps it as far as that allows. Kafka's default.
     */
    UNIFORM("uniform") {
        @Override
        AssignmentDraft assign(Assignees members) {
            return members.wantTheSame() ? EqualShares.of(members) : new UnequalWishes(members).assignment();
        }
    },

    /**
     * Of each topic a range of partitions; topics with as many partitions are divided alike, so that they can be joined.
     * Nobody keeps anything for its own sake.
     */
    RANGE("range") {
        @Override
        AssignmentDraft assign(Assignees members) {
            return Ranges.of(members);
        }
    };

    private final String id;

    Assignor(String id) {
        this.id = id;
    }

    /** As settings and clients call it. */
    String id() {
        return id;
    }

    static Optional<Assignor> find(String id) {
        return Arrays.stream(values())
                .filter(assignor -> assignor.id.equals(id))
                .findFirst();
    }

    /**
     * Divides all partitions of the topics that somebody is subscribed to.
     *
     * @param members by their ids
     * @param partitionCounts by topic id; a topic that is not among them is one that does not exist, and is nobody's
     * @return by member id; every member is there, and a topic of which it has nothing isn't
     */
    Map<String, Map<Uuid, Set<Integer>>> assign(Map<String, Assignee> members, Map<Uuid, Integer> partitionCounts) {
        return assign(new Assignees(members, partitionCounts)).byMember();
    }

    abstract AssignmentDraft assign(Assignees members);
}
