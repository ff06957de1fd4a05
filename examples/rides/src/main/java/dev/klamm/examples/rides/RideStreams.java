package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

/** What the programs have in common: settings for rides that are years old, and a run until ctrl-C. */
public final class RideStreams {

    private static final Duration YEARS = Duration.ofDays(100 * 365);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private RideStreams() {}

    /** @param applicationId names the group, the internal topics and the folder of the state */
    public static Properties settings(String applicationId, String bootstrapServers) {
        var settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // What is read, written and remembered is one transaction: nothing is counted twice, whatever is killed.
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // Each ride shows its effect at once, instead of what came of many.
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        // A task that reads two topics takes what is older first, and waits until it knows: a join depends on the
        // order.
        settings.put(
                StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, Duration.ofSeconds(10).toMillis());
        // On disk, each minute of a window's time is a database of its own: a year of rides would make half a million.
        settings.put(
                StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
                BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class.getName());
        // The windows' state has the rides' times, in a topic that deletes what is older than a window and this:
        // without
        // it, the windows of 2020 would be gone whenever the state has to be read back.
        settings.put(StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, YEARS.toMillis());
        return settings;
    }

    /** Until ctrl-C, or until it fails. */
    static void run(Topology topology, Properties settings) throws InterruptedException {
        var ended = new CountDownLatch(1);
        try (var streams = new KafkaStreams(topology, settings)) {
            streams.setUncaughtExceptionHandler(failure -> {
                System.err.println("It failed: " + failure.getMessage());
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.setStateListener((now, _) -> {
                System.out.println(settings.get(StreamsConfig.APPLICATION_ID_CONFIG) + " is " + now);
                if (now.hasCompletedShutdown()) {
                    ended.countDown();
                }
            });
            Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(CLOSE_PATIENCE)));
            streams.start();
            ended.await();
        }
    }
}
