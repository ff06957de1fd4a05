package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadBack.Seen;
import dev.klamm.log.SimulatedDisk.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;

/**
 * One random sequence of appends, reads, deletions, stops, kills, power cuts and faults of the disk, checked step by step.
 * Once something has failed, steps may fail; a crash comes next, or the fault passes.
 */
final class RandomLife {
    private static final long T0 = 1_000_000;
    private static final List<Operation> OPERATIONS = List.of(Operation.values());

    private final Random random;
    private final ModelledLogs logs;
    private final RandomTransactions transactions;
    private long recordTime = T0;

    private RandomLife(Random random, ModelledLogs logs) {
        this.random = random;
        this.logs = logs;
        this.transactions = new RandomTransactions(random, logs, this::randomRecords);
    }

    /** Returns a number that is the same for the same life. */
    static int live(long seed, int steps) throws Exception {
        Random random = new Random(seed);
        Turns turns = new Turns(new Random(seed));
        Logs.Limits limits = new Logs.Limits(1000 << random.nextInt(6), 8192 + (4096 << random.nextInt(5)));
        ModelledLogs logs = new ModelledLogs(turns, new Random(seed), limits);
        turns.run(() -> new RandomLife(random, logs).run(steps));
        return logs.disk.trace();
    }

    private void run(int steps) throws Exception {
        for (int partition = 0; partition < 3; partition++) {
            logs.create(newModel(partition));
        }
        logs.open();
        for (int i = 0; i < steps; i++) {
            try {
                step(logs.models().get(random.nextInt(logs.models().size())));
            } catch (JournalFailedException | IOException | UncheckedIOException e) {
                if (logs.isInGoodOrder()) {
                    throw new AssertionError("failed on a disk in good order", e);
                }
            }
            if (!logs.isInGoodOrder()) {
                goOnOrCrash();
            }
        }
        logs.disk.dieAfter(Long.MAX_VALUE);
        if (!logs.isInGoodOrder()) {
            crash(false);
        }
        logs.disk.repair();
        stopCleanly();
        logs.compareAll();
        logs.die(false);
    }

    private void goOnOrCrash() throws Exception {
        // Who met the fault has to have drawn its consequences.
        logs.settle();
        if (logs.mayGoOn() && random.nextBoolean()) {
            SimulatedDisk.note("goes on");
            logs.disk.repair();
        } else {
            crash(random.nextBoolean());
        }
    }

    private LogModel newModel(int partition) {
        // From the seed, since the order of maps follows from it.
        Uuid topicId = new Uuid(random.nextLong(), random.nextLong());
        return new LogModel(new LogId(topicId, "rides", partition), randomConfig());
    }

    private LogConfig randomConfig() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                5000 << random.nextInt(4),
                random.nextBoolean() ? d.segmentMs() : 50,
                0,
                d.segmentIndexBytes(),
                100 << random.nextInt(6),
                d.maxMessageBytes(),
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                randomCleanup(),
                0,
                random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(3) == 0 ? 5 : 1,
                Long.MAX_VALUE,
                null);
    }

    private LogConfig.Cleanup randomCleanup() {
        long retentionMs = random.nextInt(3) == 0 ? -1 : random.nextInt(4000);
        long retentionBytes = random.nextInt(3) == 0 ? -1 : 500 << random.nextInt(5);
        double dirtyRatio = random.nextInt(3) * 0.3;
        return switch (random.nextInt(5)) {
            case 0, 1 -> LogConfig.Cleanup.NONE;
            case 2 -> new LogConfig.Cleanup(false, true, retentionMs, retentionBytes, 0, 0.5, 0, Long.MAX_VALUE);
            default ->
                new LogConfig.Cleanup(
                        true,
                        random.nextInt(4) == 0,
                        retentionMs,
                        retentionBytes,
                        random.nextInt(500),
                        dirtyRatio,
                        0,
                        Long.MAX_VALUE);
        };
    }

    private void step(LogModel model) throws Exception {
        logs.passTime(random.nextInt(100));
        int dice = random.nextInt(100);
        SimulatedDisk.note("step %d on %s".formatted(dice, model));
        if (dice < 40) {
            // Some logs have none.
            boolean isTransactional = model.id.partition() > 0 && random.nextBoolean();
            awaitOrNot(model, isTransactional ? transactions.step(model) : append(model));
        } else if (dice < 44) {
            if (random.nextInt(4) == 0) {
                failSoon(random.nextBoolean());
            }
            keepInOrder();
        } else if (dice < 52) {
            retry(model);
        } else if (dice < 65) {
            read(model);
        } else if (dice < 70) {
            logs.searchByTime(model, T0 + random.nextLong(Math.max(2, recordTime - T0 + 2)));
        } else if (dice < 75) {
            logs.deleteRecords(model, random.nextLong(model.endOffset() + 2));
        } else if (dice < 80) {
            logs.logs().requestFlush();
        } else if (dice < 82) {
            logs.recreate(model, newModel(model.id.partition()));
        } else if (dice < 84) {
            logs.reconfigure(model, randomConfig());
        } else if (dice < 86) {
            letOthersWork();
        } else if (dice < 89) {
            stopCleanly();
        } else if (dice < 92) {
            crash(false);
        } else if (dice < 95) {
            crash(true);
        } else if (dice < 98) {
            logs.disk.dieAfter(random.nextInt(40));
        } else {
            failSoon(random.nextBoolean());
        }
    }

    private void keepInOrder() throws InterruptedException, JournalFailedException {
        if (random.nextBoolean()) {
            logs.retain();
        } else {
            logs.compact();
        }
    }

    private void failSoon(boolean forGood) {
        logs.disk.fail(OPERATIONS.get(random.nextInt(OPERATIONS.size())), forGood);
    }

    private Optional<Long> append(LogModel model) {
        long producerId = random.nextInt(-1, 3);
        int sequence = producerId < 0 ? -1 : nextSequence(model, producerId);
        List<Seen> records = randomRecords(model.endOffset());
        return logs.append(model, LogModel.Batch.plain(model.endOffset(), records, producerId, sequence));
    }

    private void awaitOrNot(LogModel model, Optional<Long> lsn) throws InterruptedException, JournalFailedException {
        if (lsn.isPresent()) {
            switch (random.nextInt(4)) {
                case 0 -> logs.awaitWritten(model, lsn.get());
                case 1 -> logs.awaitSynced(model, lsn.get());
                case 2 -> logs.awaitSyncedMeanwhile(model, lsn.get());
                default -> {}
            }
        }
    }

    private static int nextSequence(LogModel model, long producerId) {
        return model.newestOf(producerId)
                .map(batch -> batch.sequence() + batch.records().size())
                .orElse(0);
    }

    private List<Seen> randomRecords(long baseOffset) {
        List<Seen> records = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            recordTime += random.nextInt(20) - 5;
            long timestampMs = random.nextInt(10) == 0 ? -1 : recordTime;
            boolean isTombstone = random.nextInt(10) == 0;
            int size = isTombstone ? -1 : 8 + (random.nextInt(20) == 0 ? random.nextInt(1000) : random.nextInt(100));
            records.add(new Seen(
                    baseOffset + i, timestampMs, random.nextInt(10), size, isTombstone ? -1 : logs.newContent()));
        }
        return records;
    }

    private void retry(LogModel model) throws InterruptedException, JournalFailedException {
        Optional<LogModel.Batch> newest = model.newestOf(random.nextInt(3));
        // A producer all of whose batches were deleted may be known or not.
        if (newest.isPresent() && newest.get().baseOffset() >= model.startOffset()) {
            logs.retry(model, newest.get());
        }
    }

    private void read(LogModel model) throws IOException {
        long size = model.endOffset() - model.startOffset();
        long offset = model.startOffset() + (size == 0 ? 0 : random.nextLong(size));
        int maxBytes = 200 << random.nextInt(10);
        switch (random.nextInt(3)) {
            case 0 -> logs.read(model, offset, maxBytes, ReadBound.LOG_END);
            case 1 -> logs.read(model, offset, maxBytes, ReadBound.HIGH_WATERMARK);
            default -> logs.readCommitted(model, offset, maxBytes);
        }
    }

    private void letOthersWork() {
        for (int turns = random.nextInt(200); turns > 0; turns--) {
            Turns.pass();
        }
    }

    // ---- ends and beginnings

    private void stopCleanly() throws Exception {
        if (logs.stopCleanly()) {
            logs.open();
            logs.compareAfterCleanStop();
        }
    }

    private void crash(boolean cutPower) throws Exception {
        if (random.nextBoolean()) {
            // As a process dies: in the middle of whatever its threads do.
            logs.disk.dieAfter(0);
            Turns.pass();
        }
        boolean powerWasCut = cutPower;
        logs.die(cutPower);
        while (!recover(powerWasCut)) {
            boolean cutAgain = random.nextBoolean();
            powerWasCut |= cutAgain;
            logs.die(cutAgain);
        }
    }

    /** False if that was interrupted by the next crash. */
    private boolean recover(boolean powerWasCut) throws Exception {
        logs.disk.repair();
        if (random.nextInt(3) == 0) {
            logs.disk.dieAfter(random.nextInt(80));
        }
        try {
            logs.open();
            logs.compareAfterCrash(powerWasCut);
        } catch (IOException | UncheckedIOException e) {
            if (!logs.disk.isDead()) {
                throw e;
            }
            return false;
        }
        return !logs.disk.isDead();
    }
}
