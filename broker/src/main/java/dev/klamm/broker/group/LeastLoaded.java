package dev.klamm.broker.group;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Of some members, always one that has least. Those that have the same number of partitions get one each, in turn; when all of
 * them have got one, they are joined by those that had one more.
 */
final class LeastLoaded {
    private final int[] loads;
    private final int[] members; // by load, the lowest first
    private int end; // members[0, end) take part in the present turn
    private int next;
    private int level; // what each of them had before the turn

    /** @param loads of all members, by their numbers; whoever calls {@link #next} adds one to that of the member it returned */
    LeastLoaded(int[] members, int[] loads) {
        this.loads = loads;
        this.members = byLoad(members, loads);
        this.level = lowest() - 1;
    }

    static int[] byLoad(int[] members, int[] loads) {
        return Arrays.stream(members)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(member -> loads[member])
                        .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    int lowest() {
        return loads[members[0]];
    }

    /** How many the member that {@link #next} returned had then. */
    int level() {
        return level;
    }

    int next() {
        if (next == end) {
            level++;
            while (end < members.length && loads[members[end]] == level) {
                end++;
            }
            next = 0;
        }
        return members[next++];
    }
}
