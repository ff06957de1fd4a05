package dev.klamm.broker.group;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Something that a member has to do in time, or it is no member any more. */
record Timer(Kind kind, String memberId) implements Comparable<Timer> {

    enum Kind {
        /** To be heard of. */
        SESSION,
        /** KIP-848: to give up the partitions that it is to give up. */
        REVOCATION,
        /** To join again, having heard that there is a rebalance; of one who speaks the classic protocol to a consumer group. */
        JOIN,
        /** To fetch with SyncGroup what it has, having joined; likewise. */
        SYNC
    }

    private static final Comparator<Timer> ORDER =
            Comparator.comparing(Timer::kind).thenComparing(Timer::memberId);

    static Timer session(String memberId) {
        return new Timer(Kind.SESSION, memberId);
    }

    static Timer revocation(String memberId) {
        return new Timer(Kind.REVOCATION, memberId);
    }

    static Timer join(String memberId) {
        return new Timer(Kind.JOIN, memberId);
    }

    static Timer sync(String memberId) {
        return new Timer(Kind.SYNC, memberId);
    }

    /** Every one that the member can have. */
    static List<Timer> allOf(String memberId) {
        return Arrays.stream(Kind.values())
                .map(kind -> new Timer(kind, memberId))
                .toList();
    }

    @Override
    public int compareTo(Timer other) {
        return ORDER.compare(this, other);
    }
}
