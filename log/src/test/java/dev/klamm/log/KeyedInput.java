package dev.klamm.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * Random batches for a compacted log, from a seed: keys that repeat, tombstones, headers, every compression, idempotent and
 * transactional producers that retire and bump their epochs.
 */
final class KeyedInput {
    private static final int KEYS = 60;

    private final Random random;
    private final Map<Long, Integer> sequences = new HashMap<>();
    private final Map<Long, Short> epochs = new HashMap<>();
    private final List<Long> open = new ArrayList<>();
    private long clockMs;
    private long content;

    KeyedInput(Random random, long startMs) {
        this.random = random;
        this.clockMs = startMs;
    }

    long clockMs() {
        return clockMs;
    }

    void advance(long ms) {
        clockMs += ms;
    }

    private Compression compression() {
        CompressionType[] types = CompressionType.values();
        return Compression.of(types[random.nextInt(types.length)]).build();
    }

    private SimpleRecord[] records() {
        SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(random.nextInt(8) == 0 ? 40 : 5)];
        for (int i = 0; i < records.length; i++) {
            clockMs += random.nextInt(30);
            int jitter = random.nextInt(4) == 0 ? random.nextInt(200) : 0;
            records[i] = new SimpleRecord(clockMs - jitter, key(), value(), headers());
        }
        return records;
    }

    private byte[] key() {
        int number = random.nextInt(random.nextBoolean() ? 5 : KEYS);
        return ("key " + number).getBytes(StandardCharsets.UTF_8);
    }

    private byte @Nullable [] value() {
        if (random.nextInt(5) == 0) {
            return null;
        }
        return ByteBuffer.allocate(8 + random.nextInt(60)).putLong(0, content++).array();
    }

    private Header[] headers() {
        return random.nextInt(3) == 0 ? new Header[] {new RecordHeader("h", new byte[] {1})} : new Header[0];
    }

    MemoryRecords plain() {
        return MemoryRecords.withRecords(compression(), records());
    }

    /** Of one of a few producers, some of which become silent in time. */
    MemoryRecords idempotent() {
        long producerId = content / 400 * 2 + random.nextInt(3);
        if (random.nextInt(30) == 0) {
            epochs.merge(producerId, (short) 1, (a, b) -> (short) (a + b));
            sequences.remove(producerId);
        }
        SimpleRecord[] records = records();
        int sequence = sequences.getOrDefault(producerId, 0);
        sequences.put(producerId, sequence + records.length);
        return MemoryRecords.withIdempotentRecords(
                compression(), producerId, epochs.getOrDefault(producerId, (short) 0), sequence, records);
    }

    /** Of one of three producers, in a transaction that it begins or goes on with. */
    MemoryRecords transactional() {
        long producerId = 1_000_000L + random.nextInt(3);
        SimpleRecord[] records = records();
        int sequence = sequences.getOrDefault(producerId, 0);
        sequences.put(producerId, sequence + records.length);
        if (!open.contains(producerId)) {
            open.add(producerId);
        }
        return MemoryRecords.withTransactionalRecords(compression(), producerId, (short) 0, sequence, records);
    }

    boolean hasOpenTransaction() {
        return !open.isEmpty();
    }

    /** Commits or aborts one of the open transactions. */
    MemoryRecords marker() {
        ControlRecordType type = random.nextBoolean() ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        return marker(open.removeFirst(), type);
    }

    /** Of a transaction without batches. */
    MemoryRecords markerOfNothing() {
        return marker(2_000_000L + random.nextInt(3), ControlRecordType.COMMIT);
    }

    private MemoryRecords marker(long producerId, ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(
                clockMs, producerId, (short) 0, new EndTransactionMarker(type, 0));
    }
}
