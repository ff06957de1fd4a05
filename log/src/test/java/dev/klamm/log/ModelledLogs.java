package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.PartitionLog.TimestampedOffset;
import dev.klamm.log.ReadBack.Seen;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A data directory on a simulated disk, and beside it the model of each of its logs. What is done is done to both; what
 * comes back is compared. To be used within {@link Turns#run}.
 */
final class ModelledLogs {
    static final Path DIRECTORY = Path.of("/data");

    final SimulatedDisk disk;
    private final Machine withoutDisk;
    private final Logs.Limits limits;
    private final List<LogModel> models = new ArrayList<>();
    private final List<Thread> acknowledgements = new ArrayList<>();
    private final Turns turns;
    private @Nullable Logs logs;
    private boolean isInterrupted;
    private long content;
    private long nowMs = 1_000_000;

    ModelledLogs(Turns turns, Random random, Logs.Limits limits) {
        this.turns = turns;
        this.limits = limits;
        this.disk = new SimulatedDisk(random, Turns::pass);
        this.withoutDisk = new Machine(disk.boot(), turns.threads(), () -> Instant.ofEpochMilli(nowMs));
    }

    Logs logs() {
        return Objects.requireNonNull(logs, "open() comes first");
    }

    PartitionLog log(LogModel model) {
        return logs().find(model.id).orElseThrow();
    }

    List<LogModel> models() {
        return models;
    }

    long nowMs() {
        return nowMs;
    }

    void passTime(long ms) {
        nowMs += ms;
    }

    long newContent() {
        return content++;
    }

    /** Lets the journal and the flusher do what there is to do. */
    void settle() {
        turns.passUntilAllWait();
    }

    // ---- ends and beginnings

    /** A new process on the disk. */
    void open() throws IOException {
        isInterrupted = true;
        Machine machine = new Machine(disk.boot(), withoutDisk.threads(), withoutDisk.clock());
        Logs opened = Logs.open(DIRECTORY, machine, limits);
        logs = opened;
        for (LogModel model : models) {
            opened.register(model.id, model.config(), 0);
        }
        opened.allRegistered();
        isInterrupted = false;
    }

    /** False if the disk or the process died meanwhile. */
    boolean stopCleanly() throws IOException, InterruptedException {
        isInterrupted = true;
        try {
            logs().close();
        } catch (IOException e) {
            if (isInGoodOrder()) {
                throw e;
            }
        }
        endAcknowledgements();
        if (!isInGoodOrder()) {
            return false;
        }
        for (LogModel model : models) {
            model.synced(model.endOffset());
        }
        disk.kill();
        return true;
    }

    /** Whether the process can do without what has failed, once that does not fail any more. */
    boolean mayGoOn() {
        return !disk.isDead() && !logs().failure().isDone() && !isInterrupted;
    }

    /** Whether nothing may fail. */
    boolean isInGoodOrder() {
        return !disk.isDead() && !disk.hasFailed();
    }

    /** Ends the process, wherever its threads are. */
    void die(boolean cutPower) throws IOException, InterruptedException {
        if (cutPower) {
            disk.cutPower();
        } else {
            disk.kill();
        }
        if (logs != null) {
            logs.abandon();
        }
        endAcknowledgements();
    }

    private void endAcknowledgements() throws InterruptedException {
        for (Thread waiting : acknowledgements) {
            waiting.join();
        }
        acknowledgements.clear();
    }

    /** After {@link #die} and {@link #open}. */
    void compareAfterCrash(boolean powerWasCut) throws IOException {
        for (LogModel model : models) {
            long end = log(model).logEndOffset();
            model.foundAfterCrash(log(model).logStartOffset(), end, powerWasCut);
        }
        compareAll();
    }

    /** After {@link #stopCleanly} and {@link #open}: nothing needs to be made anew. */
    void compareAfterCleanStop() throws IOException {
        Reports.clear();
        compareAll();
        if (isInGoodOrder()) {
            assertThat(Reports.sentences()).noneMatch(sentence -> sentence.contains(".txnindex"));
        }
    }

    void compareAll() throws IOException {
        assertThat(logs().damages().all()).isEmpty();
        for (LogModel model : models) {
            assertThat(log(model).logStartOffset()).isEqualTo(model.startOffset());
            assertThat(log(model).logEndOffset()).isEqualTo(model.endOffset());
            List<Seen> all = ReadBack.all(log(model), model.startOffset(), 1 << 20, ReadBound.HIGH_WATERMARK);
            model.expect(all, model.startOffset(), model.endOffset());
            readCommitted(model, model.startOffset(), 1 << 20);
            assertThat(log(model).abortedTransactions())
                    .extracting(AbortedTransaction::lastOffset)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    // ---- what clients do

    void create(LogModel model) {
        models.add(model);
        if (logs != null) {
            logs.register(model.id, model.config(), 0);
        }
    }

    /** In the place of the old one, of whose records none may come back. */
    void recreate(LogModel old, LogModel next) throws IOException {
        models.set(models.indexOf(old), next);
        isInterrupted = true;
        logs().delete(old.id);
        isInterrupted = false;
        logs().register(next.id, next.config(), 0);
    }

    void reconfigure(LogModel model, LogConfig config) {
        model.reconfigure(config);
        log(model).reconfigure(config);
    }

    /** Returns the lsn to wait for; empty if it was refused because the disk is not in good order. */
    Optional<Long> append(LogModel model, LogModel.Batch batch) {
        return taken(model, batch, log(model).append(batch.toBytes(), Origin.CLIENT));
    }

    /** A batch of a transaction that is open in the model, or is begun by it. */
    Optional<Long> appendInTransaction(LogModel model, LogModel.Batch batch, boolean supportsEpochBump) {
        return taken(
                model,
                batch,
                log(model).append(batch.toBytes(), Origin.CLIENT, ticket(model, batch, supportsEpochBump)));
    }

    @Nullable
    Verification ticket(LogModel model, LogModel.Batch batch, boolean supportsEpochBump) {
        return log(model)
                .beginVerification(batch.producerId(), batch.epoch(), batch.sequence(), supportsEpochBump)
                .orElse(null);
    }

    Optional<Long> endTransaction(LogModel model, LogModel.Batch marker, int version) {
        boolean isCommit = marker.kind() == LogModel.Kind.COMMIT;
        return taken(
                model,
                marker,
                log(model)
                        .endTransaction(new EndTransaction(marker.producerId(), marker.epoch(), 0, isCommit, version)));
    }

    private Optional<Long> taken(LogModel model, LogModel.Batch batch, AppendResult result) {
        switch (result) {
            case AppendResult.Appended appended -> {
                assertThat(appended.baseOffset()).as("base offset").isEqualTo(batch.baseOffset());
                assertThat(appended.lastOffset()).as("last offset").isEqualTo(batch.endOffset() - 1);
                model.add(batch);
                return Optional.of(appended.lsn());
            }
            case AppendResult.Duplicate duplicate -> throw new AssertionError("a new batch is no " + duplicate);
            case AppendResult.Rejected rejected -> {
                expectRefusal(rejected);
                return Optional.empty();
            }
        }
    }

    /** What comes too late, or unasked. */
    void expectRefused(LogModel model, LogModel.Batch batch, @Nullable Verification ticket, Reason reason) {
        AppendResult result = log(model).append(batch.toBytes(), Origin.CLIENT, ticket);
        if (isInGoodOrder()) {
            assertThat(result)
                    .isInstanceOfSatisfying(
                            AppendResult.Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(reason));
        }
    }

    void readCommitted(LogModel model, long offset, int maxBytes) throws IOException {
        long synced = model.syncedEnd();
        ReadBack.Committed found = ReadBack.committed(log(model), offset, maxBytes);

        model.expectCommitted(found.records(), offset, found.endOffset());
        Optional<Long> least = model.lastStableOffset(synced);
        Optional<Long> most = model.lastStableOffset(model.endOffset());
        if (least.isPresent() && most.isPresent() && !model.mayBeCompacted()) {
            assertThat(found.endOffset())
                    .as("stable end of %s", model)
                    .isBetween(Math.max(offset, least.get()), Math.max(offset, most.get()));
        }
        model.consumed(found.records().isEmpty() ? 0 : found.endOffset());
    }

    private void expectRefusal(AppendResult.Rejected rejected) {
        if (isInGoodOrder()) {
            throw new AssertionError("refused on a disk in good order: " + rejected.message());
        }
    }

    /** A batch once more: never appended again, though it is not known whether it was durable. */
    void retry(LogModel model, LogModel.Batch batch) throws InterruptedException, JournalFailedException {
        switch (log(model).append(batch.toBytes(), Origin.CLIENT)) {
            case AppendResult.Duplicate duplicate -> {
                assertThat(duplicate.baseOffset()).isEqualTo(batch.baseOffset());
                logs().awaitSynced(duplicate.lsn());
                model.synced(batch.endOffset());
            }
            case AppendResult.Rejected rejected -> expectRefusal(rejected);
            case AppendResult.Appended appended -> throw new AssertionError("a retry was " + appended);
        }
    }

    void awaitWritten(LogModel model, long lsn) throws InterruptedException, JournalFailedException {
        long end = model.endOffset();
        logs().awaitWritten(lsn);
        model.written(end);
    }

    void awaitSynced(LogModel model, long lsn) throws InterruptedException, JournalFailedException {
        awaitSynced(model, lsn, model.endOffset());
    }

    private void awaitSynced(LogModel model, long lsn, long end) throws InterruptedException, JournalFailedException {
        logs().awaitSynced(lsn);
        model.synced(end);
    }

    /** As for a producer that sends on while it waits. */
    void awaitSyncedMeanwhile(LogModel model, long lsn) {
        long end = model.endOffset();
        Thread waiting = turns.threads().newThread(() -> {
            try {
                awaitSynced(model, lsn, end);
            } catch (JournalFailedException notAcknowledged) {
                return;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        waiting.start();
        acknowledgements.add(waiting);
    }

    void read(LogModel model, long offset, int maxBytes, ReadBound bound) throws IOException {
        long synced = model.syncedEnd();

        List<Seen> found = ReadBack.all(log(model), offset, maxBytes, bound);

        long end = found.isEmpty() ? offset : found.getLast().offset() + 1;
        model.expect(found, offset, bound == ReadBound.LOG_END ? model.endOffset() : end);
        if (bound == ReadBound.HIGH_WATERMARK) {
            long visible = model.mayBeCompacted() ? 0 : model.endOfRecordsBelow(synced);
            assertThat(end).as("visible end of %s", model).isGreaterThanOrEqualTo(visible);
            model.consumed(found.isEmpty() ? 0 : end);
        }
    }

    void searchByTime(LogModel model, long timestampMs) throws InterruptedException, JournalFailedException {
        logs().awaitSynced(logs().journal().syncedLsn() - 1);
        boolean all = log(model).highWatermark() == model.endOffset();

        Optional<TimestampedOffset> found = log(model).firstAtOrAfter(timestampMs);

        Optional<TimestampedOffset> expected =
                model.firstAtOrAfter(timestampMs).map(seen -> new TimestampedOffset(seen.timestampMs(), seen.offset()));
        if (!model.mayBeCompacted() && (all || found.isPresent())) {
            assertThat(found).as("first at or after %d", timestampMs).isEqualTo(expected);
        }
    }

    void deleteRecords(LogModel model, long wanted) throws InterruptedException, JournalFailedException {
        // Beyond the high watermark it is refused, wherever that is by then.
        model.wantStart(Math.min(wanted, model.endOffset()));
        long synced = model.syncedEnd();

        Optional<Long> result = log(model).deleteRecordsBefore(wanted);

        assertThat(wanted).as("refused").isGreaterThan(result.isPresent() ? -1 : synced);
        if (result.isEmpty()) {
            model.refuseStart();
        } else {
            model.startAcknowledged();
            assertThat(result).contains(model.startOffset());
        }
    }

    /** Retention looks through all logs once. */
    void retain() throws InterruptedException, JournalFailedException {
        models.forEach(model -> model.wantStart(model.retentionLimit(nowMs)));
        logs().retention().run(nowMs);
        models.forEach(model -> model.retainedFrom(log(model).logStartOffset()));
    }

    /** Compaction does all there is to do. */
    void compact() {
        int passes = 0;
        while (logs().cleaner().cleanDirtiest(nowMs)) {
            assertThat(passes++).as("passes of compaction").isLessThan(100);
        }
    }
}
