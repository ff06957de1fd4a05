package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our assignors against Apache Kafka's own, on groups that change at random. A failure names its seed.
 *
 * <p>Kafka goes through topics in the order of a hash table where this decides only which of the free partitions a member gets.
 * So results are compared exactly where the ids of topics have the same order in a hash table as ours, and by what each member
 * keeps and how many partitions it has where they have any order.
 */
class AssignorTest {
    private static final int SEEDS = 2000;
    private static final int CHANGES = 12;

    /** Small numbers: in a hash table, too, they stand in their own order. */
    private static Uuid inOrder(int number) {
        return new Uuid(0, number);
    }

    private static Uuid inAnyOrder(int number) {
        return new Uuid(new Random(number).nextLong(), new Random(-number).nextLong());
    }

    private static Map<String, Map<Uuid, Set<Integer>>> assign(Assignor assignor, RandomGroup group) {
        return assignor.assign(group.members(), group.partitionCounts());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uniformAssignsAsKafkaDoes(boolean wantTheSame) {
        for (long seed = 0; seed < SEEDS; seed++) {
            var group = new RandomGroup(seed, AssignorTest::inOrder, wantTheSame);
            for (int i = 0; i < CHANGES; i++) {
                var ours = assign(Assignor.UNIFORM, group);
                assertThat(ours)
                        .as("seed %d, change %d, %s", seed, i, group)
                        .isEqualTo(KafkaAssignor.UNIFORM.assign(group.members(), group.partitionCounts()));
                group.assigned(ours);
                group.change();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rangeAssignsAsKafkaDoesWhateverTheOrderOfTopicIds(boolean wantTheSame) {
        for (long seed = 0; seed < SEEDS; seed++) {
            var group = new RandomGroup(seed, AssignorTest::inAnyOrder, wantTheSame);
            for (int i = 0; i < CHANGES; i++) {
                var ours = assign(Assignor.RANGE, group);
                assertThat(ours)
                        .as("seed %d, change %d, %s", seed, i, group)
                        .isEqualTo(KafkaAssignor.RANGE.assign(group.members(), group.partitionCounts()));
                group.assigned(ours);
                group.change();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uniformKeepsAndBalancesAsKafkaDoesWhateverTheOrderOfTopicIds(boolean wantTheSame) {
        for (long seed = 0; seed < SEEDS; seed++) {
            var group = new RandomGroup(seed, AssignorTest::inAnyOrder, wantTheSame);
            for (int i = 0; i < CHANGES; i++) {
                var ours = assign(Assignor.UNIFORM, group);
                var kafkas = KafkaAssignor.UNIFORM.assign(group.members(), group.partitionCounts());
                String context = "seed " + seed + ", change " + i + ", " + group;
                assertThat(counts(ours)).as(context).isEqualTo(counts(kafkas));
                assertThat(kept(group, ours)).as(context).isEqualTo(kept(group, kafkas));
                group.assigned(ours);
                group.change();
            }
        }
    }

    private static Map<String, Long> counts(Map<String, Map<Uuid, Set<Integer>>> assignment) {
        var counts = new TreeMap<String, Long>();
        assignment.forEach(
                (member, partitions) -> counts.put(member, names(partitions).count()));
        return counts;
    }

    private static Map<String, Set<String>> kept(RandomGroup group, Map<String, Map<Uuid, Set<Integer>>> assignment) {
        var kept = new TreeMap<String, Set<String>>();
        group.members().forEach((id, member) -> {
            Set<String> partitions = names(member.target()).collect(Collectors.toCollection(HashSet::new));
            partitions.retainAll(names(assignment.getOrDefault(id, Map.of())).toList());
            kept.put(id, partitions);
        });
        return kept;
    }

    private static Stream<String> names(Map<Uuid, Set<Integer>> partitions) {
        return partitions.entrySet().stream()
                .flatMap(topic -> topic.getValue().stream().map(partition -> topic.getKey() + "-" + partition));
    }

    @Test
    void aTopicThatDoesNotExistIsNobodys() {
        Uuid present = new Uuid(0, 1);
        Uuid absent = new Uuid(0, 2);
        var member = new Assignee(null, Set.of(present, absent), Map.of(absent, Set.of(0)));
        for (Assignor assignor : Assignor.values()) {
            assertThat(assignor.assign(Map.of("m", member), Map.of(present, 2)))
                    .isEqualTo(Map.of("m", Map.of(present, Set.of(0, 1))));
        }
    }

    @Test
    void aGroupWithoutMembersOrTopicsIsAssignedNothing() {
        for (Assignor assignor : Assignor.values()) {
            assertThat(assignor.assign(Map.of(), Map.of(new Uuid(0, 1), 3))).isEmpty();
            assertThat(assignor.assign(Map.of("m", new Assignee(null, Set.of(), Map.of())), Map.of()))
                    .isEqualTo(Map.of("m", Map.of()));
        }
    }

    @Test
    void isFoundByTheNameThatClientsUse() {
        assertThat(Assignor.find("range")).contains(Assignor.RANGE);
        assertThat(Assignor.find("uniform")).contains(Assignor.UNIFORM);
        assertThat(Assignor.find("roundrobin")).isEmpty();
    }
}
