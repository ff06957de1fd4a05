package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadBack.Seen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs on a simulated disk, with little memory and small journal files: what fails, what waits, and many threads. */
@Timeout(60)
class PartitionLogTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final long RECORDS_EACH = 100_000;
    private static final Logs.Limits TINY = new Logs.Limits(20_000, 16 << 10);

    @TempDir
    Path directory;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, disk.boot(), TINY);
        logs.register(RIDES, LogConfig.DEFAULT, 0);
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.abandon();
    }

    private void restartAfterKill() throws IOException {
        disk.kill();
        logs.abandon();
        open();
    }

    private PartitionLog log() {
        return logs.find(RIDES).orElseThrow();
    }

    private static ByteBuffer batch(long content) {
        return Batches.batch(
                Compression.NONE,
                new SimpleRecord(
                        1000, ByteBuffer.allocate(100).putLong(0, content).array()));
    }

    private long append(PartitionLog log, long content) {
        return ((AppendResult.Appended) log.append(batch(content), Origin.CLIENT)).lsn();
    }

    private static List<Long> contents(PartitionLog log) throws IOException {
        return ReadBack.all(log, log.logStartOffset(), 5000, ReadBound.HIGH_WATERMARK).stream()
                .map(Seen::content)
                .toList();
    }

    private static LogConfig unsynced() {
        return unsynced(Long.MAX_VALUE);
    }

    private static LogConfig unsynced(long flushMs) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                d.segmentBytes(),
                d.segmentMs(),
                d.segmentJitterMs(),
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                d.maxMessageBytes(),
                d.timestampType(),
                d.timestampBeforeMaxMs(),
                d.timestampAfterMaxMs(),
                d.cleanup(),
                d.fileDeleteDelayMs(),
                Long.MAX_VALUE,
                flushMs,
                d.compression());
    }

    @Test
    void anOpeningThatFailsLosesNothingAndCanBeTriedAgain() throws Exception {
        logs.awaitSynced(append(log(), 1));
        logs.awaitSynced(append(log(), 2));
        disk.kill();
        logs.abandon();
        // Not open() here: the flusher would be the first to open the log, and its failure ends the broker.
        logs = Logs.open(directory, disk.boot(), TINY);
        PartitionLog log = logs.register(RIDES, LogConfig.DEFAULT, 0);
        disk.refuseToRead(true);

        assertThatThrownBy(log::logEndOffset).isInstanceOf(UncheckedIOException.class);

        disk.refuseToRead(false);
        assertThat(log.logEndOffset()).isEqualTo(2);
        assertThat(contents(log)).containsExactly(1L, 2L);
    }

    @Test
    void withoutSyncsRecordsAreVisibleWhenWrittenAndTheirMemoryIsFreedAllTheSame() throws Exception {
        log().reconfigure(unsynced());

        for (long content = 0; content < 1000; content++) {
            logs.awaitWritten(append(log(), content));
        }

        assertThat(log().highWatermark()).isEqualTo(1000);
        assertThat(contents(log())).hasSize(1000);
    }

    @Test
    void aSyncThatIsAskedForComesThoughNoRecordNeedsOne() throws Exception {
        log().reconfigure(unsynced());

        for (long content = 0; content < 500; content++) {
            logs.awaitSynced(append(log(), content));
        }

        assertThat(logs.journal().syncedLsn()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void whatNoRecordCountMakesDurableIsOnDiskWithinFlushMs() {
        log().reconfigure(unsynced(10));

        for (long content = 0; content < 5; content++) {
            long startNanos = System.nanoTime();
            long lsn = append(log(), content);
            while (logs.journal().syncedLsn() <= lsn) {
                Thread.onSpinWait();
            }
            // Without flush.ms it takes five.
            assertThat(System.nanoTime() - startNanos).isLessThan(TimeUnit.SECONDS.toNanos(4));
        }
    }

    @Test
    void afterAFailedWriteNothingIsAppendedOrAcknowledged() throws Exception {
        logs.awaitSynced(append(log(), 1));
        disk.dieAfter(0);
        long lsn = append(log(), 2);

        assertThatThrownBy(() -> logs.awaitSynced(lsn)).isInstanceOf(JournalFailedException.class);

        assertThat(logs.failure()).isDone();
        assertThat(log().append(batch(3), Origin.CLIENT))
                .isInstanceOfSatisfying(
                        AppendResult.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(AppendResult.Reason.KAFKA_STORAGE_ERROR));
        assertThat(log().append(batch(3), Origin.BROKER)).isInstanceOf(AppendResult.Rejected.class);
        assertThat(log().logEndOffset()).isEqualTo(2);
    }

    @Test
    void afterTheCloseAppendsAreRefused() throws Exception {
        logs.awaitSynced(append(log(), 1));

        logs.close();

        assertThat(log().append(batch(2), Origin.CLIENT)).isInstanceOf(AppendResult.Rejected.class);
        disk.kill();
        open();
        assertThat(contents(log())).containsExactly(1L);
    }

    @Test
    void aCleanStopThatDiesWhileItRemovesTheJournalLosesNothing() throws Exception {
        List<Long> expected = new ArrayList<>();
        for (long operations = 0; operations < 80; operations++) {
            logs.awaitSynced(append(log(), operations));
            restartAfterKill();
            logs.awaitSynced(append(log(), -operations));
            expected.addAll(List.of(operations, -operations));
            while (logs.journal().hasFullFiles()) {
                // The flusher makes a spare of the first file; it is older than the current one, and goes after it.
                Thread.onSpinWait();
            }
            disk.dieAfter(operations);
            try {
                logs.close();
            } catch (IOException e) {
                assertThat(disk.isDead()).isTrue();
            }

            restartAfterKill();

            assertThat(contents(log())).as("after %d operations", operations).isEqualTo(expected);
        }
    }

    @Test
    void manyProducersLoseNothingKeepTheirOrderAndDoubleNothing() throws Exception {
        for (int life = 0; life < 4; life++) {
            Map<LogId, List<Long>> acknowledged = produceUntilKilled(life);

            restartAfterKill();

            for (Map.Entry<LogId, List<Long>> one : acknowledged.entrySet()) {
                PartitionLog log = logs.register(one.getKey(), LogConfig.DEFAULT, 0);
                List<Long> found = contents(log);
                assertThat(found).doesNotHaveDuplicates().containsAll(one.getValue());
                for (int producer = 0; producer < 4; producer++) {
                    long of = producer;
                    assertThat(found.stream().filter(content -> content % 4 == of))
                            .isSorted();
                }
            }
        }
    }

    /** Four producers over three partitions, each waiting for every record to be on disk, and consumers that keep up. */
    private Map<LogId, List<Long>> produceUntilKilled(int life) throws Exception {
        Map<LogId, List<Long>> acknowledged = new HashMap<>();
        List<PartitionLog> partitions = new ArrayList<>();
        for (int partition = 0; partition < 3; partition++) {
            LogId id = new LogId(Uuid.randomUuid(), "life" + life, partition);
            partitions.add(logs.register(id, LogConfig.DEFAULT, 0));
        }
        disk.dieAfter(200L << life);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int producer = 0; producer < 4; producer++) {
                long first = producer;
                running.add(threads.submit(() -> produce(first, partitions, acknowledged)));
            }
            for (PartitionLog log : partitions) {
                running.add(threads.submit(() -> consume(log)));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        return acknowledged;
    }

    private Void produce(long first, List<PartitionLog> partitions, Map<LogId, List<Long>> acknowledged)
            throws InterruptedException {
        for (long content = first; content < 4 * RECORDS_EACH; content += 4) {
            PartitionLog log = partitions.get((int) (content / 4 % partitions.size()));
            try {
                if (!(log.append(batch(content), Origin.CLIENT) instanceof AppendResult.Appended appended)) {
                    return null;
                }
                logs.awaitSynced(appended.lsn());
            } catch (JournalFailedException killed) {
                return null;
            }
            synchronized (acknowledged) {
                acknowledged.computeIfAbsent(log.id(), _ -> new ArrayList<>()).add(content);
            }
        }
        return null;
    }

    /** Reads on from where it is, and finds each offset once, until the process dies. */
    private Void consume(PartitionLog log) throws InterruptedException, IOException {
        Waiter waiter = new Waiter();
        log.addWaiter(waiter);
        try {
            for (long next = 0; !disk.isDead(); ) {
                for (Seen seen : ReadBack.all(log, next, 700, ReadBound.HIGH_WATERMARK)) {
                    assertThat(seen.offset()).isEqualTo(next++);
                }
                waiter.await(System.nanoTime() + 10_000_000);
            }
        } catch (IOException e) {
            if (!disk.isDead()) {
                throw e;
            }
        } finally {
            log.removeWaiter(waiter);
        }
        return null;
    }
}
