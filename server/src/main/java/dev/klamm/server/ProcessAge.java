package dev.klamm.server;

import java.time.Duration;
import java.time.Instant;

/** How long this process has been running; the launcher's time counts, since it turns into the JVM. */
final class ProcessAge {

    private ProcessAge() {}

    /** In steps of the kernel's clock tick, 10 ms on Linux. */
    static long millis() {
        Instant now = Instant.now();
        return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now)
                .toMillis();
    }
}
