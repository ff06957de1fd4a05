package dev.klamm.conformance;

import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what only asking again can tell, such as a group's members. */
final class Eventually {
    private static final long PAUSE_MS = 50;

    private Eventually() {}

    /** Asks until the answer is as wanted, and gives it back; the failure names the last answer. */
    static <T> T await(String what, Supplier<T> question, Predicate<T> isThere) {
        long deadline = System.nanoTime() + Program.PATIENCE.toNanos();
        T answer = question.get();
        while (!isThere.test(answer)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("In vain waited for " + what + "; the last answer was " + answer);
            }
            pause();
            answer = question.get();
        }
        return answer;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }
}
