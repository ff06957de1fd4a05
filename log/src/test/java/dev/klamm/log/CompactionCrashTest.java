package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A compaction of several passes and groups of segments, some of which only the journal would bring back, told again and
 * again with the process or the power gone at the first operation on the disk, at the second, and so on to the last; and
 * once more while the directory is opened again.
 */
@Timeout(300)
class CompactionCrashTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final LogId LOG = new LogId(new Uuid(1, 1), "rides", 0);
    private static final long PRODUCER = 7;
    private static final long NOW = 10_000_000;

    /** Of those after a power cut: how much of what was not synced is lost is random. */
    private static final int OUTCOMES = 3;

    private static LogConfig config() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                1200,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                100,
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                new LogConfig.Cleanup(true, false, -1, -1, 1000, 0, 0, Long.MAX_VALUE),
                0,
                1,
                Long.MAX_VALUE,
                null);
    }

    /** Room for eleven keys: a pass does not get to the end. */
    private static final Upkeep UPKEEP = new Upkeep(
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            new Upkeep.Compaction(true, 1, 24 * 13, 0.9, 1000, Double.MAX_VALUE, Long.MAX_VALUE));

    @Test
    void aCrashAtAnyOperationLeavesTheOldOrTheNew() throws Exception {
        long count = new Story(Long.MAX_VALUE, 0).tell();
        assertThat(count).as("operations").isBetween(100L, 3000L);
        int every = Integer.getInteger("klamm.crash.every", 3);
        for (long operation = 0; operation < count; operation += every) {
            for (int outcome = 0; outcome < OUTCOMES; outcome++) {
                try {
                    new Story(operation, outcome).tell();
                } catch (AssertionError | RuntimeException failed) {
                    throw new AssertionError(
                            "operation %d of %d, outcome %d: %s"
                                    .formatted(operation, count, outcome, failed.getMessage()),
                            failed);
                }
            }
        }
    }

    /** One telling. What was appended, by offset, is what may be read. */
    private static final class Story {
        private final long crashAfter;
        private final boolean cutsPower;
        private final Random random;
        private final Turns turns = new Turns(new Random(1));
        private final SimulatedDisk disk;
        private final Map<Long, String> appended = new TreeMap<>();
        private final Map<String, Long> lastOffsets = new HashMap<>();

        @SuppressWarnings("NullAway.Init") // By open(), which each story begins with.
        private Logs logs;

        private int sequence;

        @SuppressWarnings("NullAway.Init") // The story begins with opening them.
        Story(long crashAfter, int outcome) {
            this.crashAfter = crashAfter;
            this.cutsPower = outcome > 0;
            this.random = new Random(1000 * crashAfter + outcome);
            this.disk = new SimulatedDisk(random, Turns::pass);
        }

        /** Returns how many operations the compaction took. */
        long tell() throws Exception {
            long[] operations = new long[1];
            turns.run(() -> {
                open();
                Random keys = new Random(5);
                for (int batch = 0; batch < 60; batch++) {
                    append(keys);
                    if (batch == 30) {
                        // All before it is in synced segments; the rest is in the journal, too.
                        restart();
                    }
                }
                flush();
                long start = disk.operations();
                disk.dieAfter(crashAfter);
                compact();
                operations[0] = disk.operations() - start;
                recover();
                check();
                goOn();
            });
            return operations[0];
        }

        private void open() throws IOException {
            Machine machine = new Machine(disk.boot(), turns.threads(), () -> Instant.ofEpochMilli(NOW));
            logs = Logs.open(DIRECTORY, machine, new Logs.Limits(1 << 20, 64 << 10));
            logs.reconfigure(UPKEEP);
            logs.register(LOG, config(), 0);
            logs.allRegistered();
        }

        private PartitionLog log() {
            return logs.find(LOG).orElseThrow();
        }

        private void restart() throws IOException {
            logs.close();
            disk.kill();
            open();
        }

        private void append(Random keys) throws Exception {
            SimpleRecord[] records = new SimpleRecord[1 + keys.nextInt(4)];
            for (int i = 0; i < records.length; i++) {
                long offset = log().logEndOffset() + i;
                String key = "key " + keys.nextInt(keys.nextBoolean() ? 4 : 40);
                boolean isTombstone = keys.nextInt(6) == 0;
                records[i] = new SimpleRecord(offset, bytes(key), isTombstone ? null : bytes("value " + offset));
                appended.put(offset, key);
                lastOffsets.put(key, offset);
            }
            logs.awaitSynced(((AppendResult.Appended) append(records, sequence)).lsn());
            sequence += records.length;
        }

        private AppendResult append(SimpleRecord[] records, int baseSequence) {
            MemoryRecords batch =
                    MemoryRecords.withIdempotentRecords(Compression.NONE, PRODUCER, (short) 0, baseSequence, records);
            return log().append(batch.buffer(), Origin.CLIENT);
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private void flush() {
            logs.requestFlush();
            turns.passUntilAllWait();
        }

        private void compact() {
            while (logs.cleaner().cleanDirtiest(NOW)) {
                // Until nothing is due; on a disk that is dead nothing is.
            }
        }

        private void recover() throws Exception {
            die();
            disk.dieAfter(random.nextInt(150));
            try {
                open();
                log().logEndOffset();
                compact();
            } catch (IOException | UncheckedIOException e) {
                if (!disk.isDead()) {
                    throw e;
                }
            }
            die();
            open();
        }

        private void die() throws IOException {
            if (cutsPower) {
                disk.cutPower();
            } else {
                disk.kill();
            }
            logs.abandon();
        }

        /** The last record of each key is there, and nothing that was not appended. */
        private void check() throws IOException {
            assertThat(log().logEndOffset()).isEqualTo(appended.size());
            Map<Long, String> found = read();
            assertThat(appended).as("what may be read").containsAllEntriesOf(found);
            assertThat(found.keySet()).as("last records").containsAll(lastOffsets.values());
        }

        private Map<Long, String> read() throws IOException {
            Map<Long, String> found = new TreeMap<>();
            long next = 0;
            while (next < log().logEndOffset()) {
                ByteBuffer bytes = ReadBack.bytes(log().read(next, 500, true, ReadBound.HIGH_WATERMARK));
                assertThat(bytes.hasRemaining()).as("something at %d", next).isTrue();
                for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
                    batch.ensureValid();
                    for (Record record : batch) {
                        long offset = record.offset();
                        found.put(
                                offset,
                                StandardCharsets.UTF_8.decode(record.key()).toString());
                        if (record.hasValue()) {
                            assertThat(record.value()).isEqualTo(ByteBuffer.wrap(bytes("value " + offset)));
                        }
                    }
                    next = batch.nextOffset();
                }
            }
            return found;
        }

        /** The producer is known, the log grows, and compaction does what is left. */
        private void goOn() throws Exception {
            append(new Random(9));
            flush();
            compact();
            check();
            restart();
            append(new Random(10));
            check();
            long cleanedTo = logs.cleaner().checkpoint().offset(LOG);
            Map<String, Long> below = new HashMap<>();
            read().forEach((offset, key) -> {
                if (offset < cleanedTo) {
                    assertThat(below.put(key, offset))
                            .as("an older record of " + key)
                            .isNull();
                }
            });
            assertThat(cleanedTo).as("compacted up to").isGreaterThan(appended.size() / 2);
            logs.close();
        }
    }
}
