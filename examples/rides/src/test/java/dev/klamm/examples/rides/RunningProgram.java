package dev.klamm.examples.rides;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;

/** A topology as its program runs it, on a broker. */
final class RunningProgram implements AutoCloseable {

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

    private final KafkaStreams streams;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    RunningProgram(Topology topology, String applicationId, String bootstrapServers, Path stateDirectory) {
        var settings = RideStreams.settings(applicationId, bootstrapServers);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        // A machine may stand still for longer than the programs wait for the other side of a join.
        settings.put(
                StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, Duration.ofMinutes(5).toMillis());
        streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(cause -> {
            failure.compareAndSet(null, cause);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
    }

    /** @throws AssertionError if it has failed */
    void check() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new AssertionError("the program failed", cause);
        }
    }

    @Override
    public void close() {
        streams.close(CLOSE_PATIENCE);
        check();
    }
}
