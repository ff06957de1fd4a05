package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadBack.Seen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Small fixed stories, each told again and again, with the process or the power gone in the middle of the first operation
 * on the disk, of the second, and so on to the last. Then the directory is opened again, which is interrupted once more at
 * a random operation, and compared with the model.
 */
@Timeout(300)
class CrashAtEveryOperationTest {
    private static final LogId RIDES = new LogId(new Uuid(1, 1), "rides", 0);
    private static final LogId NEW_RIDES = new LogId(
            new Uuid(0x5f2a9c01d4e7b386L, 0x90ab3c7ed1f24865L), "rides", 0); // unlike the old one, as real ids are
    private static final LogId ZONES = new LogId(new Uuid(3, 3), "zones", 0);

    /** Of those after a power cut: how much of what was not synced is lost is random. */
    private static final int OUTCOMES = 4;

    private interface Act {
        void run(ModelledLogs logs, LogModel rides, LogModel zones) throws Exception;
    }

    private static LogConfig config(int segmentBytes) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                segmentBytes,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                100,
                d.maxMessageBytes(),
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                LogConfig.Cleanup.NONE,
                0,
                1,
                Long.MAX_VALUE,
                null);
    }

    // ---- telling a story

    private void crashAtEveryOperation(Act before, Act act) throws Exception {
        long count = tell(before, act, Long.MAX_VALUE, 0);
        assertThat(count).as("operations").isBetween(5L, 1000L);
        for (long operation = 0; operation < count; operation++) {
            for (int outcome = 0; outcome < OUTCOMES; outcome++) {
                try {
                    tell(before, act, operation, outcome);
                } catch (AssertionError | RuntimeException failed) {
                    throw new AssertionError(
                            "operation %d of %d, outcome %d: %s"
                                    .formatted(operation, count, outcome, failed.getMessage()),
                            failed);
                }
            }
        }
    }

    /** Returns how many operations the act took. */
    private static long tell(Act before, Act act, long crashAfter, int outcome) throws Exception {
        // The threads take the same turns each time, up to the crash.
        Turns turns = new Turns(new Random(1));
        Random random = new Random(1000 * crashAfter + outcome);
        ModelledLogs logs = new ModelledLogs(turns, random, new Logs.Limits(1 << 20, 12 << 10));
        long[] operations = new long[1];
        turns.run(() -> {
            LogModel rides = new LogModel(RIDES, config(1200));
            LogModel zones = new LogModel(ZONES, config(1 << 20));
            logs.create(rides);
            logs.create(zones);
            logs.open();
            before.run(logs, rides, zones);
            logs.settle();
            long start = logs.disk.operations();
            logs.disk.dieAfter(crashAfter);
            try {
                act.run(logs, rides, zones);
                logs.settle();
            } catch (JournalFailedException | IOException | UncheckedIOException e) {
                if (!logs.disk.isDead()) {
                    throw e;
                }
            }
            operations[0] = logs.disk.operations() - start;
            recover(logs, outcome > 0, random);
            goOn(logs);
        });
        return operations[0];
    }

    private static void recover(ModelledLogs logs, boolean cutPower, Random random) throws Exception {
        logs.die(cutPower);
        logs.disk.dieAfter(random.nextInt(120));
        try {
            logs.open();
            logs.compareAfterCrash(cutPower);
            logs.settle();
        } catch (IOException | UncheckedIOException e) {
            if (!logs.disk.isDead()) {
                throw e;
            }
        }
        logs.die(cutPower);
        logs.open();
        logs.compareAfterCrash(cutPower);
    }

    private static void goOn(ModelledLogs logs) throws Exception {
        for (LogModel model : logs.models()) {
            append(logs, model, 1);
        }
        logs.stopCleanly();
        logs.open();
        logs.compareAfterCleanStop();
        logs.die(false);
    }

    private static void append(ModelledLogs logs, LogModel model, int batches) throws Exception {
        for (int i = 0; i < batches; i++) {
            logs.passTime(10);
            logs.awaitSynced(model, appendUnsynced(logs, model));
        }
    }

    private static long appendUnsynced(ModelledLogs logs, LogModel model) throws IOException {
        List<Seen> records = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long offset = model.endOffset() + i;
            records.add(new Seen(offset, logs.nowMs(), (int) (offset % 4), 100, logs.newContent()));
        }
        int sequence = model.newestOf(7)
                .map(batch -> batch.sequence() + batch.records().size())
                .orElse(0);
        return logs.append(model, LogModel.Batch.plain(model.endOffset(), records, 7, sequence))
                .orElseThrow(() -> new IOException("refused"));
    }

    /** One batch of a transaction, the first of which begins it. Epochs rise with each transaction. */
    private static void transact(ModelledLogs logs, LogModel model, long producerId) throws Exception {
        logs.passTime(10);
        Optional<LogModel.Transaction> open = model.openTransaction(producerId);
        short epoch = open.map(LogModel.Transaction::epoch).orElse((short) Math.max(0, model.lastEpoch(producerId)));
        int sequence = open.map(LogModel.Transaction::nextSequence).orElse(0);
        List<Seen> records = List.of(new Seen(model.endOffset(), logs.nowMs(), 1, 100, logs.newContent()));
        LogModel.Batch batch = new LogModel.Batch(
                model.endOffset(), records, producerId, epoch, sequence, LogModel.Kind.TRANSACTIONAL);
        logs.awaitSynced(
                model, logs.appendInTransaction(model, batch, true).orElseThrow(() -> new IOException("refused")));
    }

    private static void end(ModelledLogs logs, LogModel model, long producerId, boolean isCommit) throws Exception {
        short epoch = (short) (model.lastEpoch(producerId) + 1);
        LogModel.Batch marker = LogModel.Batch.marker(model.endOffset(), logs.nowMs(), producerId, epoch, isCommit);
        logs.awaitSynced(model, logs.endTransaction(model, marker, 2).orElseThrow(() -> new IOException("refused")));
    }

    // ---- the stories

    @Test
    void transactionsAcrossSegments() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    transact(logs, rides, 10);
                    transact(logs, rides, 12);
                    append(logs, rides, 3);
                    logs.logs().requestFlush();
                },
                (logs, rides, zones) -> {
                    end(logs, rides, 12, false);
                    transact(logs, rides, 12);
                    logs.logs().requestFlush();
                    append(logs, rides, 3);
                    end(logs, rides, 12, false);
                    transact(logs, rides, 14);
                    logs.logs().requestFlush();
                    logs.settle();
                    end(logs, rides, 10, true);
                    logs.readCommitted(rides, 0, 500);
                    append(logs, zones, 6);
                });
    }

    @Test
    void abortedTransactionsThroughStopsAndStarts() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    transact(logs, rides, 10);
                    append(logs, rides, 2);
                    end(logs, rides, 10, false);
                    transact(logs, rides, 12);
                    logs.stopCleanly();
                },
                (logs, rides, zones) -> {
                    logs.open();
                    logs.compareAll();
                    // In the segment that the last run has left, and in the first entry of the journal.
                    end(logs, rides, 12, false);
                    transact(logs, rides, 10);
                    end(logs, rides, 10, false);
                    logs.logs().close();
                });
    }

    @Test
    void deletionOfWhatAnOpenTransactionBeganWith() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    transact(logs, rides, 10);
                    transact(logs, rides, 12);
                    end(logs, rides, 12, false);
                    append(logs, rides, 6);
                    logs.logs().requestFlush();
                },
                (logs, rides, zones) -> {
                    logs.deleteRecords(rides, 9);
                    logs.logs().requestFlush();
                    logs.settle();
                    logs.readCommitted(rides, 9, 500);
                    end(logs, rides, 10, false);
                    append(logs, rides, 2);
                    logs.logs().requestFlush();
                });
    }

    @Test
    void appendsAndRolls() throws Exception {
        crashAtEveryOperation((logs, rides, zones) -> append(logs, rides, 1), (logs, rides, zones) -> {
            for (int i = 0; i < 4; i++) {
                append(logs, rides, 2);
                append(logs, zones, 1);
                logs.logs().requestFlush();
                appendUnsynced(logs, rides);
            }
        });
    }

    @Test
    void checkpoint() throws Exception {
        // The journal's first file holds 4 KB of frames; the second one begins in the act.
        crashAtEveryOperation((logs, rides, zones) -> append(logs, rides, 7), (logs, rides, zones) -> {
            append(logs, rides, 2);
            append(logs, zones, 3);
            logs.settle();
            append(logs, rides, 8);
        });
    }

    @Test
    void cleanStop() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    append(logs, rides, 5);
                    append(logs, zones, 1);
                },
                (logs, rides, zones) -> logs.logs().close());
    }

    @Test
    void startAfterACleanStop() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    append(logs, rides, 5);
                    append(logs, zones, 1);
                    logs.stopCleanly();
                },
                CrashAtEveryOperationTest::start);
    }

    @Test
    void startAfterAKill() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    append(logs, rides, 4);
                    logs.logs().requestFlush();
                    logs.settle();
                    append(logs, rides, 4);
                    append(logs, zones, 8);
                    logs.die(false);
                },
                CrashAtEveryOperationTest::start);
    }

    private static void start(ModelledLogs logs, LogModel rides, LogModel zones) throws Exception {
        logs.open();
        logs.compareAll();
        append(logs, rides, 1);
    }

    @Test
    void deletionOfRecordsAndOfTheirSegments() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    append(logs, rides, 9);
                    logs.logs().requestFlush();
                },
                (logs, rides, zones) -> {
                    logs.deleteRecords(rides, 10);
                    logs.logs().requestFlush();
                    append(logs, rides, 1);
                    logs.settle();
                    logs.deleteRecords(rides, rides.endOffset());
                    logs.logs().requestFlush();
                });
    }

    @Test
    void deletionOfATopicAndANewOneOfItsName() throws Exception {
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    append(logs, rides, 5);
                    logs.logs().requestFlush();
                    logs.settle();
                    append(logs, rides, 2);
                },
                (logs, rides, zones) -> {
                    LogModel again = new LogModel(NEW_RIDES, config(1200));
                    logs.recreate(rides, again);
                    append(logs, again, 2);
                    logs.logs().requestFlush();
                    append(logs, zones, 1);
                    append(logs, again, 1);
                });
    }

    @Test
    void readsBetweenFlushes() throws Exception {
        crashAtEveryOperation((logs, rides, zones) -> append(logs, rides, 5), (logs, rides, zones) -> {
            long lsn = appendUnsynced(logs, rides);
            logs.logs().requestFlush();
            logs.read(rides, 0, 2000, ReadBound.HIGH_WATERMARK);
            logs.awaitSyncedMeanwhile(rides, lsn);
            logs.read(rides, 4, 300, ReadBound.HIGH_WATERMARK);
        });
    }

    @Test
    void retentionOfAPartAndOfAll() throws Exception {
        LogConfig.Cleanup cleanup = new LogConfig.Cleanup(false, true, 1000, 2000, 0, 0.5, 0, Long.MAX_VALUE);
        crashAtEveryOperation(
                (logs, rides, zones) -> {
                    logs.reconfigure(rides, rides.config().withCleanup(cleanup));
                    append(logs, rides, 12);
                    logs.logs().requestFlush();
                },
                (logs, rides, zones) -> {
                    logs.retain();
                    append(logs, rides, 2);
                    logs.logs().requestFlush();
                    logs.settle();
                    logs.passTime(10_000);
                    logs.retain();
                    append(logs, rides, 1);
                });
    }
}
