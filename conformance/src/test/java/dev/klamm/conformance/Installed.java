package dev.klamm.conformance;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * The rule for a program that a test runs and this machine lacks: on a build server, where the environment has
 * {@code CI=true}, the test fails; elsewhere it is aborted, and says how to install the program.
 */
final class Installed {
    private Installed() {}

    /** @param missing the sentence on how to install it; empty if it is there */
    static void require(Optional<String> missing) {
        if (missing.isEmpty()) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            fail(missing.get());
        }
        abort(missing.get());
    }

    /** Whether a short command can be started and succeeds. */
    static boolean runs(String... command) {
        try (Program program = Program.start(List.of(command))) {
            return program.awaitExit() == 0;
        } catch (UncheckedIOException e) {
            // There is no such program.
            return false;
        }
    }
}
