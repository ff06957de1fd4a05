package dev.klamm.conformance;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * An answer to a change that the client may have had to ask for twice, since the broker died before it could answer: the
 * second time it says that there is nothing to do.
 */
record Answers(Future<?> future) {
    static Answers of(Future<?> future) {
        return new Answers(future);
    }

    /** Waits; fails on any other error than this one. */
    void orIfItWasDoneBefore(Class<? extends Exception> nothingToDo) {
        try {
            future.get();
        } catch (ExecutionException e) {
            if (!nothingToDo.isInstance(e.getCause())) {
                throw new AssertionError(e.getCause());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }
}
