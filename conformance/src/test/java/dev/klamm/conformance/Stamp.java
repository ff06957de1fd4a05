package dev.klamm.conformance;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What makes a record of the crash harness one of its kind: where it was sent, by whom, and as which of theirs. It is
 * written into a header; key and value follow from it, so that a reader sees each byte that is not as it was sent.
 *
 * @param number counts a producer's records to this log, from 0, in the order of sending
 */
record Stamp(LogName log, String producer, long number) {
    private static final String HEADER = "stamp";

    /** How many keys a producer has in a log: few, for compaction to have something to do. */
    private static final int KEYS = 40;

    /** A record whose number this divides is a tombstone, in topics that have some. */
    private static final int TOMBSTONES = 7;

    private static final int LEAST_VALUE_BYTES = 200;
    private static final int VALUE_SIZES = 800;

    /** Each record whose number this divides is ten times as large. */
    private static final int LARGE = 8;

    String key() {
        return producer + "-" + number % KEYS;
    }

    /** For the wire. */
    ProducerRecord<byte[], byte[]> toSend(boolean withTombstones) {
        byte[] value = withTombstones && number % TOMBSTONES == 0 ? null : value();
        var record = new ProducerRecord<>(log.topic(), log.partition(), key().getBytes(StandardCharsets.UTF_8), value);
        record.headers().add(HEADER, toString().getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private byte[] value() {
        int seed = toString().hashCode();
        byte[] value =
                new byte[(LEAST_VALUE_BYTES + Math.floorMod(seed, VALUE_SIZES)) * (number % LARGE == 0 ? 10 : 1)];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (seed >>> (i % 4 * 8) ^ i / 4);
        }
        return value;
    }

    /** Whether key and value are those that were sent under this stamp. */
    private boolean fits(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        boolean keyFits = Arrays.equals(record.key(), key().getBytes(StandardCharsets.UTF_8));
        return keyFits && (value == null ? number % TOMBSTONES == 0 : Arrays.equals(value, value()));
    }

    @Override
    public String toString() {
        return log + "/" + producer + "/" + number;
    }

    /** Reads stamps, each name only once, since a history holds millions; for one thread. */
    static final class Reader {
        private final Map<String, LogName> logs = new HashMap<>();
        private final Map<String, String> producers = new HashMap<>();

        /** Null for a record that is not, byte by byte, one that the harness sent. */
        @Nullable
        Stamp read(ConsumerRecord<byte[], byte[]> record) {
            var header = record.headers().lastHeader(HEADER);
            if (header == null) {
                return null;
            }
            String[] words = new String(header.value(), StandardCharsets.UTF_8).split("/", -1);
            if (words.length != 5 || !words[4].matches("\\d{1,18}")) {
                return null;
            }
            LogName log = logs.computeIfAbsent(
                    words[0] + "/" + words[1] + "/" + words[2],
                    _ -> new LogName(words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            String producer = producers.computeIfAbsent(words[3], name -> name);
            var stamp = new Stamp(log, producer, Long.parseLong(words[4]));
            return stamp.fits(record) ? stamp : null;
        }
    }
}
