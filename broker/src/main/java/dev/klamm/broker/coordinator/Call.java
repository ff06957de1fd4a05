package dev.klamm.broker.coordinator;

/**
 * Somebody who waits for an answer, as a rule a request. The state machine keeps it while it waits and hands it back with the
 * answer ({@link CoordinatorStep#replies}); only the shell calls {@link #answer}.
 *
 * @param <R> for a request, the response's generated message class
 */
public interface Call<R> {

    /** Called once for a request, by the thread that holds the partition's lock; never blocks. */
    void answer(R response);
}
