package dev.klamm.conformance;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Rings when a thread of a run has failed, so that whoever waits for something else hears of it at once. */
final class Alarm {
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    void ring(Throwable cause) {
        failure.completeExceptionally(cause);
    }

    /** Lets this much time go by. @throws AssertionError if the alarm rings, or has rung */
    void pause(long millis) {
        try {
            failure.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return;
        } catch (ExecutionException e) {
            throw new AssertionError("a client of the run failed", e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted in a run", e);
        }
    }
}
