package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadBack.Seen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * One random sequence of appends, reads, deletions, stops, kills and power cuts, checked step by step. Once the disk has
 * died, steps may fail; the next thing that happens is then a crash.
 */
final class RandomLife implements AutoCloseable {
    private static final long T0 = 1_000_000;

    private final Random random;
    private final Path directory;
    private final SimulatedDisk disk;
    private final Logs.Limits limits;
    private final List<LogModel> models = new ArrayList<>();
    private Logs logs;
    private long content;
    private long clock = T0;

    RandomLife(long seed, Path directory) throws IOException {
        this.random = new Random(seed);
        this.directory = directory;
        this.disk = new SimulatedDisk(new Random(seed));
        this.limits = new Logs.Limits(1000 << random.nextInt(6), 8192 << random.nextInt(4));
        for (int partition = 0; partition < 3; partition++) {
            models.add(newModel(partition));
        }
        logs = open();
    }

    private LogModel newModel(int partition) {
        return new LogModel(new LogId(Uuid.randomUuid(), "rides", partition), randomConfig());
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
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                LogConfig.Cleanup.NONE,
                0,
                random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(3) == 0 ? 5 : 1,
                Long.MAX_VALUE,
                null);
    }

    private Logs open() throws IOException {
        Logs opened = Logs.open(directory, disk.boot(), limits);
        for (LogModel model : models) {
            opened.register(model.id, model.config, 0);
        }
        opened.allRegistered();
        return opened;
    }

    void run(int steps) throws IOException, InterruptedException {
        for (int i = 0; i < steps; i++) {
            try {
                step(models.get(random.nextInt(models.size())));
            } catch (JournalFailedException | IOException | UncheckedIOException e) {
                if (!disk.isDead()) {
                    throw new AssertionError("failed on a disk in good order", e);
                }
            }
            if (disk.isDead()) {
                crash(random.nextBoolean());
            }
        }
        disk.dieAfter(Long.MAX_VALUE);
        stopCleanly();
        checkAll();
    }

    private void step(LogModel model) throws IOException, InterruptedException, JournalFailedException {
        int dice = random.nextInt(100);
        if (dice < 45) {
            append(model);
        } else if (dice < 55) {
            retry(model);
        } else if (dice < 68) {
            read(model);
        } else if (dice < 74) {
            searchByTime(model);
        } else if (dice < 79) {
            deleteRecords(model);
        } else if (dice < 84) {
            logs.requestFlush();
        } else if (dice < 87) {
            recreate(model);
        } else if (dice < 90) {
            stopCleanly();
        } else if (dice < 93) {
            crash(false);
        } else if (dice < 96) {
            crash(true);
        } else {
            disk.dieAfter(random.nextInt(40));
        }
    }

    private PartitionLog log(LogModel model) {
        return logs.find(model.id).orElseThrow();
    }

    // ---- appending

    private void append(LogModel model) throws InterruptedException, JournalFailedException {
        long producerId = random.nextInt(-1, 3);
        int sequence = producerId < 0 ? -1 : nextSequence(model, producerId);
        List<Seen> records = randomRecords(model.endOffset());
        LogModel.Batch batch = new LogModel.Batch(model.endOffset(), records, producerId, sequence);

        AppendResult result = log(model).append(bytes(batch), Origin.CLIENT);

        switch (result) {
            case AppendResult.Appended appended -> {
                assertThat(appended.baseOffset()).as("base offset").isEqualTo(batch.baseOffset());
                assertThat(appended.lastOffset()).as("last offset").isEqualTo(batch.endOffset() - 1);
                model.add(batch);
                awaitSome(model, appended.lsn());
            }
            case AppendResult.Duplicate duplicate -> throw new AssertionError("a new batch is no " + duplicate);
            case AppendResult.Rejected rejected -> expectDead(rejected);
        }
    }

    private void expectDead(AppendResult.Rejected rejected) {
        if (!disk.isDead()) {
            throw new AssertionError("refused on a disk in good order: " + rejected.message());
        }
    }

    private void awaitSome(LogModel model, long lsn) throws InterruptedException, JournalFailedException {
        long end = model.endOffset();
        switch (random.nextInt(3)) {
            case 0 -> {
                logs.awaitWritten(lsn);
                model.writtenEnd = end;
            }
            case 1 -> {
                logs.awaitSynced(lsn);
                model.writtenEnd = end;
                model.syncedEnd = end;
                assertThat(log(model).highWatermark()).as("high watermark").isEqualTo(end);
            }
            default -> {}
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
            clock += random.nextInt(20) - 5;
            long timestampMs = random.nextInt(10) == 0 ? -1 : clock;
            int size = 8 + (random.nextInt(20) == 0 ? random.nextInt(1000) : random.nextInt(100));
            records.add(new Seen(baseOffset + i, timestampMs, size, content++));
        }
        return records;
    }

    private static ByteBuffer bytes(LogModel.Batch batch) {
        SimpleRecord[] records = batch.records().stream()
                .map(seen -> new SimpleRecord(
                        seen.timestampMs(),
                        ByteBuffer.allocate(seen.size())
                                .putLong(0, seen.content())
                                .array()))
                .toArray(SimpleRecord[]::new);
        MemoryRecords built = batch.sequence() < 0
                ? MemoryRecords.withRecords(Compression.NONE, records)
                : MemoryRecords.withIdempotentRecords(
                        Compression.NONE, batch.producerId(), (short) 0, batch.sequence(), records);
        return built.buffer();
    }

    /** The newest batch of a producer once more: never appended again, though it is not known whether it was durable. */
    private void retry(LogModel model) throws InterruptedException, JournalFailedException {
        Optional<LogModel.Batch> newest = model.newestOf(random.nextInt(3));
        if (newest.isEmpty() || newest.get().baseOffset() < model.startOffset) {
            // A producer all of whose batches were deleted may be known or not.
            return;
        }
        switch (log(model).append(bytes(newest.get()), Origin.CLIENT)) {
            case AppendResult.Duplicate duplicate -> {
                assertThat(duplicate.baseOffset()).isEqualTo(newest.get().baseOffset());
                logs.awaitSynced(duplicate.lsn());
                model.syncedEnd = Math.max(model.syncedEnd, newest.get().endOffset());
                model.writtenEnd = Math.max(model.writtenEnd, model.syncedEnd);
            }
            case AppendResult.Rejected rejected -> expectDead(rejected);
            case AppendResult.Appended appended -> throw new AssertionError("a retry was " + appended);
        }
    }

    // ---- reading

    private void read(LogModel model) throws IOException {
        ReadBound bound = random.nextBoolean() ? ReadBound.LOG_END : ReadBound.HIGH_WATERMARK;
        long size = model.endOffset() - model.startOffset;
        long offset = model.startOffset + (size == 0 ? 0 : random.nextLong(size));
        List<Seen> expected = model.recordsFrom(offset);

        List<Seen> found = ReadBack.all(log(model), offset, 200 << random.nextInt(10), bound);

        assertThat(found).as("from %d of %s", offset, model.id).isEqualTo(expected.subList(0, found.size()));
        if (bound == ReadBound.LOG_END) {
            assertThat(found).hasSameSizeAs(expected);
        } else {
            long end = found.isEmpty() ? offset : found.getLast().offset() + 1;
            assertThat(end).as("visible end").isGreaterThanOrEqualTo(Math.min(model.syncedEnd, model.endOffset()));
        }
    }

    private void searchByTime(LogModel model) throws InterruptedException, JournalFailedException {
        long wanted = T0 + random.nextLong(Math.max(2, clock - T0 + 2));
        logs.awaitSynced(logs.journal().syncedLsn() - 1);
        boolean all = log(model).highWatermark() == model.endOffset();

        Optional<PartitionLog.TimestampedOffset> found = log(model).firstAtOrAfter(wanted);

        Optional<PartitionLog.TimestampedOffset> expected = model.firstAtOrAfter(wanted)
                .map(seen -> new PartitionLog.TimestampedOffset(seen.timestampMs(), seen.offset()));
        if (all || found.isPresent()) {
            assertThat(found).as("first at or after %d", wanted).isEqualTo(expected);
        }
    }

    // ---- deleting

    private void deleteRecords(LogModel model) throws InterruptedException, JournalFailedException {
        // Beyond the high watermark it is refused, wherever that is by then.
        long wanted = random.nextLong(model.endOffset() + 2);
        model.wantedStart = Math.max(model.startOffset, Math.min(wanted, model.endOffset()));

        Optional<Long> result = log(model).deleteRecordsBefore(wanted);

        assertThat(wanted).as("refused").isGreaterThan(result.isPresent() ? -1 : model.syncedEnd);
        if (result.isEmpty()) {
            model.wantedStart = model.startOffset;
        } else {
            assertThat(result).contains(model.wantedStart);
            model.startOffset = model.wantedStart;
            // The journal is in order: what is below a durable start is durable.
            model.syncedEnd = Math.max(model.syncedEnd, model.startOffset);
            model.writtenEnd = Math.max(model.writtenEnd, model.startOffset);
        }
    }

    private void recreate(LogModel model) throws IOException {
        LogModel next = newModel(model.id.partition());
        models.set(models.indexOf(model), next);
        logs.delete(model.id);
        logs.register(next.id, next.config, 0);
    }

    // ---- ends and beginnings

    private void stopCleanly() throws IOException {
        logs.close();
        if (disk.isDead()) {
            return;
        }
        for (LogModel model : models) {
            model.syncedEnd = model.endOffset();
            model.writtenEnd = model.endOffset();
        }
        disk.kill();
        logs = open();
        checkAll();
    }

    private void crash(boolean cutPower) throws IOException {
        if (random.nextBoolean()) {
            // As a process dies: in the middle of whatever its threads do.
            disk.dieAfter(0);
        }
        if (cutPower) {
            disk.cutPower();
        } else {
            disk.kill();
        }
        logs.abandon();
        logs = open();
        for (LogModel model : models) {
            long end = log(model).logEndOffset();
            long acknowledged = cutPower ? model.syncedEnd : model.writtenEnd;
            assertThat(end).as("end of %s", model.id).isBetween(acknowledged, model.endOffset());
            long start = log(model).logStartOffset();
            assertThat(start)
                    .as("start of %s", model.id)
                    .isBetween(model.startOffset, Math.max(model.startOffset, model.wantedStart));
            model.startOffset = start;
            model.wantedStart = start;
            model.cutTo(end);
            assertThat(model.endOffset()).as("end of a batch").isEqualTo(end);
        }
        checkAll();
    }

    private void checkAll() throws IOException {
        for (LogModel model : models) {
            assertThat(log(model).logEndOffset()).isEqualTo(model.endOffset());
            assertThat(ReadBack.all(log(model), model.startOffset, 1 << 20, ReadBound.HIGH_WATERMARK))
                    .as("all of %s", model.id)
                    .isEqualTo(model.recordsFrom(model.startOffset));
        }
    }

    @Override
    public void close() throws IOException {
        logs.abandon();
    }
}
