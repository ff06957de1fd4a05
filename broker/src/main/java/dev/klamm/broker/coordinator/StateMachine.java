package dev.klamm.broker.coordinator;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;

/**
 * The state of one partition of a coordinator's topic, by ids: of groups, of transactional producers. No I/O, no threads
 * and no clock: requests and moments go in, steps come out. {@link CoordinatorPartition} runs it, one call at a time.
 *
 * @param <S> its steps. A step is planned on the state as it is and applied, or dropped, before the next is planned
 */
public interface StateMachine<S extends CoordinatorStep> {

    /** A moment of the monotonic clock that doesn't come. */
    long NEVER = Long.MAX_VALUE;

    /** Brings back what the log says, from its first entry to its last, before anything else is asked of the machine. */
    void replay(LogEntry entry);

    /** A snapshot. */
    List<String> ids();

    /**
     * Takes a step, whose records are in the log.
     *
     * @param baseOffset of the first of them, which the others follow; -1 if there are none
     */
    void apply(S step, long baseOffset);

    /** What follows when the records of a step could not be written: it is not taken, and this one is instead. */
    default Optional<S> notWritten(S failed, Errors error, Moment now) {
        return Optional.empty();
    }

    /** When {@link #due} has something to do for some id, in monotonic ms. */
    long deadlineMs();

    /** What follows from the passing of time, one thing after the other: empty when nothing more is due. */
    Optional<S> due(String id, Moment now);

    /** How often {@link #cleanUp} is called for every id, in ms. */
    long cleanUpIntervalMs();

    /** Forgets what has had its time. */
    S cleanUp(String id, Moment now);
}
