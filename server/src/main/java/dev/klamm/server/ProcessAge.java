package dev.klamm.server;

import java.time.Duration;
import java.time.Instant;

/** How long this process has been running; the launcher's time counts, since it turns into the JVM. */
final class ProcessAge {

    /** Set by the launcher if it has built first, which is not to count. */
    private static final String START_PROPERTY = "klamm.startMillis";

    private ProcessAge() {}

    /** In steps of the kernel's clock tick, 10 ms on Linux. */
    static long millis() {
        return Math.max(0, Duration.between(start(), Instant.now()).toMillis());
    }

    private static Instant start() {
        Long given = Long.getLong(START_PROPERTY);
        return given != null
                ? Instant.ofEpochMilli(given)
                : ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
    }
}
