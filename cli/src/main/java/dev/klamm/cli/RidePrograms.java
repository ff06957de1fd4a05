package dev.klamm.cli;

import dev.klamm.examples.rides.RideCount;
import dev.klamm.examples.rides.RideJoin;
import dev.klamm.examples.rides.RideStreams;
import dev.klamm.examples.rides.RideWindows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** The programs of examples/rides, each an application of Kafka Streams on its own, running in this process. */
final class RidePrograms implements AutoCloseable {

    /** Whatever happens to the broker: the join must not go on with one side because the other isn't there yet. */
    private static final long IDLE_MS = Duration.ofHours(1).toMillis();

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final Map<String, KafkaStreams> programs = new LinkedHashMap<>();
    private final Map<String, Object> cluster;
    private final String run;
    private final Path state;

    /** @param cluster settings of a client of it */
    RidePrograms(Map<String, Object> cluster, StreamsTopics topics) {
        this.cluster = cluster;
        this.run = topics.run();
        try {
            state = Files.createTempDirectory("klamm-demo-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("count", RideCount.topology(topics.rides(), topics.counts()));
        start("join", RideJoin.topology(RideJoin.Kind.INNER, topics.rides(), topics.pickups(), topics.pairs()));
        start(
                "windows",
                RideWindows.topology(
                        RideWindows.Shape.TUMBLING,
                        GRACE,
                        RideWindows.Results.EACH,
                        topics.pickups(),
                        topics.windows()));
    }

    private void start(String name, Topology topology) {
        Properties settings = RideStreams.settings(
                applicationId(name), String.valueOf(cluster.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)));
        settings.putAll(cluster);
        settings.remove(CommonClientConfigs.CLIENT_ID_CONFIG);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, IDLE_MS);
        var streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(_ -> StreamThreadExceptionResponse.REPLACE_THREAD);
        streams.start();
        programs.put(name, streams);
    }

    private String applicationId(String name) {
        return run + "-" + name + "-program";
    }

    Set<String> applicationIds() {
        return programs.keySet().stream().map(this::applicationId).collect(Collectors.toSet());
    }

    /** In which state each is, by its name. */
    Map<String, KafkaStreams.State> states() {
        Map<String, KafkaStreams.State> states = new LinkedHashMap<>();
        programs.forEach((name, streams) -> states.put(name, streams.state()));
        return states;
    }

    @Override
    public void close() {
        Thread[] closing = programs.values().stream()
                .map(streams -> Thread.startVirtualThread(() -> close(streams)))
                .toArray(Thread[]::new);
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deleteState();
    }

    /** A program that comes back would stay in its group; these don't, and the group can go. */
    private static void close(KafkaStreams streams) {
        streams.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(CLOSE_PATIENCE));
    }

    private void deleteState() {
        try (Stream<Path> paths = Files.walk(state)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
