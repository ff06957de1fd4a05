package dev.klamm.broker.group;

import java.util.Comparator;

/** Something that a member has to do in time, or it is no member any more. */
record Timer(Kind kind, String memberId) implements Comparable<Timer> {

    enum Kind {
        /** To be heard of. */
        SESSION,
        /** KIP-848: to give up the partitions that it is to give up. */
        REVOCATION
    }

    private static final Comparator<Timer> ORDER =
            Comparator.comparing(Timer::kind).thenComparing(Timer::memberId);

    static Timer session(String memberId) {
        return new Timer(Kind.SESSION, memberId);
    }

    static Timer revocation(String memberId) {
        return new Timer(Kind.REVOCATION, memberId);
    }

    @Override
    public int compareTo(Timer other) {
        return ORDER.compare(this, other);
    }
}
