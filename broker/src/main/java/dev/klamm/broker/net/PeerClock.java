package dev.klamm.broker.net;

/**
 * Since when a connection waits for its peer, and for what. The connection's threads write it around each system call that
 * may block, {@link ConnectionSweeper} reads it. Times are those of {@link System#nanoTime}.
 */
final class PeerClock {

    /** A client that stops in the middle of a frame holds memory: it gets less time than one that is merely silent. */
    private static final long UNFINISHED_FRAME_NANOS = 30_000_000_000L;

    private static final long NOT_WAITING = Long.MIN_VALUE;

    private volatile long readingSince = NOT_WAITING;
    private volatile long writingSince = NOT_WAITING;

    /** Written before readingSince and read after it. */
    private volatile boolean inFrame;

    /** @param inFrame false while the next frame has not begun */
    void startReading(boolean inFrame) {
        this.inFrame = inFrame;
        readingSince = System.nanoTime();
    }

    void stopReading() {
        readingSince = NOT_WAITING;
    }

    void startWriting() {
        writingSince = System.nanoTime();
    }

    void stopWriting() {
        writingSince = NOT_WAITING;
    }

    /** What the peer has failed to do in time. */
    enum Overdue {
        NOTHING,
        REQUEST,
        REST_OF_FRAME,
        READING
    }

    /** @param owesRequest false if the peer has an answer to wait for before it need say anything */
    Overdue overdue(long nowNanos, long idleNanos, boolean owesRequest) {
        if (isOver(writingSince, nowNanos, idleNanos)) {
            return Overdue.READING;
        }
        long since = readingSince;
        if (inFrame && isOver(since, nowNanos, Math.min(idleNanos, UNFINISHED_FRAME_NANOS))) {
            return Overdue.REST_OF_FRAME;
        }
        return owesRequest && isOver(since, nowNanos, idleNanos) ? Overdue.REQUEST : Overdue.NOTHING;
    }

    private static boolean isOver(long since, long nowNanos, long limitNanos) {
        return since != NOT_WAITING && nowNanos - since > limitNanos;
    }
}
