package dev.klamm.conformance;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/**
 * A Kafka Streams application with {@code exactly_once_v2}, a process of its own that can be killed. It gives each number
 * that it reads to one of some keys, by way of a repartition topic, and writes the key's new total each time.
 */
final class TotalsProgram {
    static final String NUMBERS = "numbers";
    static final String TOTALS = "totals";
    static final int KEYS = 1_000;

    private static final int THREADS = 2;

    /** The least that a broker allows: a killed process is a member of the group until then. */
    private static final int SESSION_TIMEOUT_MS = 6_000;

    private TotalsProgram() {}

    /** What is known of a key. */
    record Total(long count, long sum) {
        static final Total NONE = new Total(0, 0);

        Total plus(long number) {
            return new Total(count + 1, sum + number);
        }

        static Total parse(String text) {
            String[] parts = text.split(" ", 2);
            return new Total(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }

        @Override
        public String toString() {
            return count + " " + sum;
        }
    }

    /** @return the key that it is added to */
    static int key(long number) {
        return Math.floorMod(Long.hashCode(number * 0x9E3779B97F4A7C15L), KEYS);
    }

    private static Topology topology() {
        var builder = new StreamsBuilder();
        builder.stream(NUMBERS, Consumed.with(Serdes.ByteArray(), Serdes.Long()))
                .selectKey((_, number) -> key(number))
                .groupByKey(Grouped.with(Serdes.Integer(), Serdes.Long()))
                .aggregate(
                        Total.NONE::toString,
                        (_, number, total) -> Total.parse(total).plus(number).toString(),
                        Materialized.with(Serdes.Integer(), Serdes.String()))
                .toStream()
                .to(TOTALS, Produced.with(Serdes.Integer(), Serdes.String()));
        return builder.build();
    }

    private static Properties settings(String bootstrapServers, String stateDirectory) {
        var settings = new Properties();
        settings.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                "totals",
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                StreamsConfig.STATE_DIR_CONFIG,
                stateDirectory,
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                THREADS,
                StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                0,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                SESSION_TIMEOUT_MS));
        // Small segments, so that changelogs are compacted while transactions go on.
        settings.put(StreamsConfig.topicPrefix(TopicConfig.SEGMENT_BYTES_CONFIG), 1 << 20);
        settings.put(StreamsConfig.topicPrefix(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG), "0.2");
        return settings;
    }

    /** Arguments: bootstrap servers, folder for the state. Says what state it is in, and what goes wrong. */
    public static void main(String[] args) throws InterruptedException {
        try (var streams = new KafkaStreams(topology(), settings(args[0], args[1]))) {
            streams.setStateListener((now, _) -> System.out.println("state " + now));
            streams.setUncaughtExceptionHandler(failure -> {
                System.out.println("failed " + failure);
                return StreamThreadExceptionResponse.REPLACE_THREAD;
            });
            Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
            streams.start();
            new CountDownLatch(1).await();
        }
    }
}
