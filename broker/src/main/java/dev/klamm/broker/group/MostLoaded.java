package dev.klamm.broker.group;

/**
 * Of some members, always one that has most. Those that have the same number of partitions give one each, in turn; when all of
 * them have given one, they are joined by those that had one less. A member that has nothing to give is excluded.
 */
final class MostLoaded {
    private final int[] loads;
    private final int[] members; // by load, the highest first, but for those before start
    private int start; // members[0, start) are excluded
    private int end; // members[start, end) take part in the present turn
    private int next;
    private int level; // what each of them had before the turn

    /** @param loads of all members, by their numbers; whoever calls {@link #next} takes one from that of the member it returned */
    MostLoaded(int[] members, int[] loads) {
        this.loads = loads;
        this.members = reversed(LeastLoaded.byLoad(members, loads));
    }

    private static int[] reversed(int[] numbers) {
        var reversed = new int[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            reversed[i] = numbers[numbers.length - 1 - i];
        }
        return reversed;
    }

    int highest() {
        return loads[members[0]];
    }

    /** How many the member that {@link #next} returned had then. */
    int level() {
        return level;
    }

    /** Returns -1 if all members are excluded. */
    int next() {
        if (next == end) {
            beginTurn();
        }
        return next < end ? members[next++] : -1;
    }

    private void beginTurn() {
        boolean onlyNewOnes = start == end;
        if (onlyNewOnes && end < members.length) {
            level = loads[members[end]];
        } else {
            level--;
        }
        while (end < members.length && loads[members[end]] == level) {
            end++;
        }
        next = start;
    }

    /** Excludes the member that {@link #next} returned last. The first of the turn takes its place. */
    void exclude() {
        members[next - 1] = members[start];
        start++;
    }
}
