package dev.klamm.conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Records for a compacted topic, from a seed: keys that repeat, tombstones, headers, every compression. Whichever broker
 * it is sent to, the batches are the same: each is filled to an end that the seed sets, and then sent.
 */
final class KeyedLoad {
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final long T0 = 1_577_836_800_000L;

    private final Random random;
    private long timestampMs = T0;

    KeyedLoad(long seed) {
        random = new Random(seed);
    }

    /** Sends until about this many bytes are acknowledged, by one idempotent producer for each compression. */
    void send(String bootstrapServers, String topic, long bytes) {
        List<KafkaProducer<String, String>> producers = new ArrayList<>();
        try {
            for (String compression : COMPRESSIONS) {
                producers.add(producer(bootstrapServers, compression));
            }
            long left = bytes;
            while (left > 0) {
                KafkaProducer<String, String> producer = producers.get(random.nextInt(producers.size()));
                int records = 1 + random.nextInt(random.nextInt(6) == 0 ? 100 : 6);
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int i = 0; i < records; i++) {
                    String value = value();
                    left -= value == null ? 0 : value.length();
                    sent.add(producer.send(new ProducerRecord<>(topic, 0, timestampMs++, key(), value, headers())));
                }
                producer.flush();
                for (Future<RecordMetadata> each : sent) {
                    if (each.state() != Future.State.SUCCESS) {
                        throw new AssertionError("a record was refused", each.exceptionNow());
                    }
                }
            }
        } finally {
            producers.forEach(KafkaProducer::close);
        }
    }

    private static KafkaProducer<String, String> producer(String bootstrapServers, String compression) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "compression.type",
                compression,
                // Nothing is sent before the flush.
                "linger.ms",
                60_000,
                "batch.size",
                900_000);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private String key() {
        return "key " + random.nextInt(random.nextBoolean() ? 10 : 800);
    }

    private @Nullable String value() {
        if (random.nextInt(8) == 0) {
            return null;
        }
        byte[] bytes = new byte[random.nextInt(3000)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(26));
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private List<Header> headers() {
        return random.nextInt(3) == 0
                ? List.of(new RecordHeader("h", new byte[] {(byte) random.nextInt(100)}))
                : List.of();
    }
}
