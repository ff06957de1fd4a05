package dev.klamm.broker.coordinator;

/**
 * When something happens, on two clocks: a jump of the wall clock must neither end sessions nor prolong them.
 *
 * @param wallMs ms since 1970; goes into records and decides about the retention of offsets
 * @param monotonicMs ms of the monotonic clock; decides about sessions, rebalances and the time-outs of transactions
 */
public record Moment(long wallMs, long monotonicMs) {

    public static Moment now() {
        return new Moment(System.currentTimeMillis(), System.nanoTime() / 1_000_000);
    }

    public Moment plusMs(long ms) {
        return new Moment(wallMs + ms, monotonicMs + ms);
    }
}
