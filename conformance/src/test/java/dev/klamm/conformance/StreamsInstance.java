package dev.klamm.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.jspecify.annotations.Nullable;

/** An instance of a Kafka Streams application in this JVM, with {@code exactly_once_v2}. */
final class StreamsInstance implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(20);

    final KafkaStreams streams;
    private final AtomicLong restored = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** @param more settings beside those that all have */
    StreamsInstance(
            String application,
            Topology topology,
            String bootstrapServers,
            Path stateDirectory,
            Map<String, Object> more) {
        var settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.putAll(more);
        streams = new KafkaStreams(topology, settings);
        streams.setGlobalStateRestoreListener(new CountRestored());
        streams.setUncaughtExceptionHandler(cause -> {
            failure.compareAndSet(null, cause);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
    }

    StreamsInstance awaitRunning() {
        Eventually.await("the application to run", streams::state, state -> {
            check();
            return state == KafkaStreams.State.RUNNING;
        });
        return this;
    }

    /** How many tasks it does itself; standby ones not counted. */
    long activeTasks() {
        return streams.metadataForLocalThreads().stream()
                .mapToLong(thread -> thread.activeTasks().size())
                .sum();
    }

    /** Records that were read from changelogs into the state of active tasks, until now. */
    long restored() {
        return restored.get();
    }

    private void check() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new AssertionError("the application failed", cause);
        }
    }

    /** It leaves the group, so that the others take over at once. */
    @Override
    public void close() {
        streams.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(CLOSE_PATIENCE));
        check();
    }

    private final class CountRestored implements StateRestoreListener {
        @Override
        public void onRestoreStart(TopicPartition partition, String store, long startingOffset, long endingOffset) {}

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long endOffset, long count) {
            restored.addAndGet(count);
        }

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long totalRestored) {}
    }
}
