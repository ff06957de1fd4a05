package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * More keys than the memory for them holds. {@code -Dklamm.keys=10000000 -Dklamm.dedupe.mb=128} is the run whose figures
 * are in docs/decisions/0003-compaction.md.
 */
class ManyKeysTest {
    private static final LogId LOG = new LogId(Uuid.randomUuid(), "zones", 0);
    private static final int BATCH = 500;
    private static final int VALUE_BYTES = 40;
    private static final long KEYS = Long.getLong("klamm.keys", 300_000);
    private static final long DEDUPE_BYTES = Long.getLong("klamm.dedupe.mb", 3) << 20;

    @TempDir
    Path directory;

    @Test
    @Timeout(1200)
    @SuppressWarnings("try") // Closed before its time, so that the time it takes counts.
    void severalPassesWithinTheMemoryLeaveOneRecordOfEachKey() throws Exception {
        LogConfig d = LogConfig.DEFAULT;
        LogConfig config = new LogConfig(
                32 << 20,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                new LogConfig.Cleanup(true, false, -1, -1, Long.MAX_VALUE, 0, 0, 1),
                0,
                1,
                Long.MAX_VALUE,
                null);
        Upkeep.Compaction limits =
                new Upkeep.Compaction(true, 1, DEDUPE_BYTES, 0.9, 512 << 10, Double.MAX_VALUE, Long.MAX_VALUE);
        try (Logs logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT)) {
            logs.reconfigure(new Upkeep(Long.MAX_VALUE, Long.MAX_VALUE, limits));
            PartitionLog log = logs.register(LOG, config, 0);
            logs.allRegistered();
            long startNanos = System.nanoTime();
            for (int round = 0; round < 2; round++) {
                write(logs, log);
            }
            // Each of these rolls the segment, since it is so much younger than the one before it.
            append(logs, log, 0, 2000);
            append(logs, log, 0, 4000);
            logs.close();
            report("written", startNanos);
        }
        try (Logs logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT)) {
            logs.reconfigure(new Upkeep(Long.MAX_VALUE, Long.MAX_VALUE, limits));
            PartitionLog log = logs.register(LOG, config, 0);
            logs.allRegistered();
            int passes = 0;
            long startNanos = System.nanoTime();
            while (logs.cleaner().cleanDirtiest(10_000)) {
                passes++;
                report("pass " + passes, startNanos);
            }
            assertThat(passes)
                    .isBetween((int) (2 * KEYS * 26 / DEDUPE_BYTES), (int) (2 * KEYS * 30 / DEDUPE_BYTES) + 2);
            assertThat(count(log)).isEqualTo(KEYS + 1);
        }
    }

    private static void write(Logs logs, PartitionLog log) throws Exception {
        for (long key = 0; key < KEYS; key += BATCH) {
            append(logs, log, key, 1000);
        }
    }

    private static void append(Logs logs, PartitionLog log, long firstKey, long timestampMs) throws Exception {
        SimpleRecord[] records = new SimpleRecord[timestampMs > 1000 ? 1 : (int) Math.min(BATCH, KEYS - firstKey)];
        for (int i = 0; i < records.length; i++) {
            byte[] key = ByteBuffer.allocate(16).putLong(0, firstKey + i).array();
            records[i] = new SimpleRecord(timestampMs, key, new byte[VALUE_BYTES]);
        }
        ByteBuffer batch = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        logs.awaitWritten(((AppendResult.Appended) log.append(batch, Origin.CLIENT)).lsn());
    }

    private static long count(PartitionLog log) throws IOException {
        long count = 0;
        long next = 0;
        while (next < log.logEndOffset()) {
            ByteBuffer bytes = ReadBack.bytes(log.read(next, 1 << 20, true, ReadBound.HIGH_WATERMARK));
            for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
                for (Record record : batch) {
                    count += record.hasKey() ? 1 : 0;
                }
                next = batch.nextOffset();
            }
        }
        return count;
    }

    private static void report(String what, long startNanos) {
        if (Long.getLong("klamm.keys") != null) {
            Runtime runtime = Runtime.getRuntime();
            System.out.printf(
                    "%s: %.1f s, heap %d MB%n",
                    what, (System.nanoTime() - startNanos) / 1e9, (runtime.totalMemory() - runtime.freeMemory()) >> 20);
        }
    }
}
