package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.Logs.JournalFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: segments on disk, and behind them the tail in memory. An append goes to the tail and to the
 * journal; {@link #logEndOffset} moves at once, {@link #highWatermark} when the journal's sync is done. The flusher moves
 * the tail into segments behind the acknowledgements. Nothing on disk is opened before it is needed.
 *
 * <p>{@code logStartOffset <= highWatermark <= logEndOffset}; what is in segments is synced in the journal, so it is
 * below the high watermark.
 *
 * <p>Locks: {@code flushLock} before {@code lock} before the journal's. Reads of segments take none of them.
 */
public final class PartitionLog {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

    /** How far a reader may see. */
    public enum ReadBound {
        /** Everything appended, durable or not. Only for the broker's own state machines. */
        LOG_END,
        /** What is durable ({@code read_uncommitted}). */
        HIGH_WATERMARK,
        /** What is durable and not part of an open transaction ({@code read_committed}). */
        LAST_STABLE
    }

    /**
     * Who appends: what a client sends is validated more strictly than what a coordinator or the controller writes, and is
     * refused first when the disk gets full; then what a coordinator writes.
     */
    public enum Origin {
        CLIENT,
        COORDINATOR,
        BROKER
    }

    /** A record's offset and timestamp (ms since 1970). */
    public record TimestampedOffset(long timestampMs, long offset) {}

    /** An active producer (KIP-664). Times in ms since 1970; {@code currentTxnStartOffset} is -1 outside a transaction. */
    public record ActiveProducer(
            long producerId,
            short producerEpoch,
            int lastSequence,
            long lastTimestampMs,
            int coordinatorEpoch,
            long currentTxnStartOffset) {}

    /** Where an epoch ended; the end is exclusive. */
    public record EpochEnd(int leaderEpoch, long endOffset) {}

    private final Logs logs;
    private final LogId id;
    private final int leaderEpoch;
    private final HighWatermark highWatermark;
    private volatile LogConfig config;

    /** Held by who writes segments or changes their list: the flusher, recovery, deletion. */
    private final ReentrantLock flushLock = new ReentrantLock();

    /** Guards the tail, the producers, and appends: offsets are given and journal entries queued in one order. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Tail tail = new Tail();
    private @Nullable Producers producers;
    private long unsyncedRecords;
    private volatile @Nullable LogFiles files;
    private volatile long logStartOffset;

    /** Of the journal's entry that raised the log start last. */
    private long logStartLsn = -1;

    private final UnopenedLog unopened;
    private volatile long logEndOffset;
    private volatile boolean isDeleted;

    PartitionLog(Logs logs, LogId id, LogConfig config, int leaderEpoch) {
        this.logs = logs;
        this.id = id;
        this.unopened = new UnopenedLog(logs, id);
        this.highWatermark = new HighWatermark(id, this::isDurable);
        this.config = config;
        this.leaderEpoch = leaderEpoch;
    }

    public LogId id() {
        return id;
    }

    public LogConfig config() {
        return config;
    }

    /** Takes effect with the next append, roll or retention run. */
    public void reconfigure(LogConfig newConfig) {
        config = newConfig;
        logs.compactIfNeeded(newConfig);
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** Whether {@code acks=all} on this log waits for the disk; if not, the journal's page cache is enough for it. */
    public boolean isDurable() {
        return config.flushMessages() == 1;
    }

    // ---- appending

    /**
     * Validates and appends one or more v2 record batches; offsets and leader epoch are written into {@code records},
     * which belongs to the log from then on. Does not wait for the disk (see {@link AppendResult.Appended#lsn}), but may
     * wait for memory until the flusher has caught up.
     */
    public AppendResult append(ByteBuffer records, Origin origin) {
        return switch (BatchValidator.validate(records, id, config, origin, logs.nowMs())) {
            case BatchValidator.Invalid(AppendResult.Rejected rejected) -> rejected;
            case BatchValidator.Valid valid -> append(valid, origin);
        };
    }

    private AppendResult append(BatchValidator.Valid valid, Origin origin) {
        try {
            LogFiles open = open();
            int bytes = valid.records().remaining();
            if (!acquireMemory(bytes, origin)) {
                return new AppendResult.Rejected(
                        Reason.KAFKA_STORAGE_ERROR, logs.diskSpace().refusal());
            }
            boolean isKept = false;
            try {
                AppendResult result = appendInOrder(open, valid, origin);
                isKept = result instanceof AppendResult.Appended;
                return result;
            } finally {
                if (!isKept) {
                    logs.tailBudget().release(bytes);
                }
            }
        } catch (UncheckedIOException | JournalFailedException e) {
            return new AppendResult.Rejected(Reason.KAFKA_STORAGE_ERROR, String.valueOf(e.getMessage()));
        }
    }

    /** Returns false if the disk is so full that this append is refused. */
    private boolean acquireMemory(int bytes, Origin origin) throws JournalFailedException {
        DiskSpace space = logs.diskSpace();
        if (origin == Origin.CLIENT) {
            return !space.isShortFor(bytes)
                    && logs.tailBudget().acquire(bytes, logs::requestFlush, () -> space.isShortFor(bytes));
        }
        if (origin == Origin.COORDINATOR && space.isShortForCoordinator()) {
            return false;
        }
        logs.tailBudget().take(bytes);
        return true;
    }

    private AppendResult appendInOrder(LogFiles open, BatchValidator.Valid valid, Origin origin)
            throws JournalFailedException {
        ByteBuffer records = valid.records();
        lock.lock();
        try {
            if (isDeleted) {
                return new AppendResult.Rejected(Reason.UNKNOWN_TOPIC_OR_PARTITION, id + " was deleted");
            }
            if (RecordBatchHeader.hasProducerId(records, records.position()) || producers != null) {
                ProducerStates states = producers(open).states();
                ProducerStates.Verdict verdict = states.check(records, origin, logEndOffset);
                if (verdict instanceof ProducerStates.Duplicate duplicate) {
                    return duplicateOf(duplicate);
                } else if (verdict instanceof ProducerStates.Refuse refuse) {
                    return refuse.toResult();
                }
            }
            return take(valid);
        } finally {
            lock.unlock();
        }
    }

    private AppendResult.Duplicate duplicateOf(ProducerStates.Duplicate duplicate) {
        ProducerState.Batch original = duplicate.original();
        return new AppendResult.Duplicate(
                original.baseOffset(), original.lastOffset(), original.timestampMs(), logStartOffset, tail.lastLsn());
    }

    private AppendResult.Appended take(BatchValidator.Valid valid) throws JournalFailedException {
        ByteBuffer records = valid.records();
        long baseOffset = logEndOffset;
        long endOffset = baseOffset + valid.offsetCount();
        long lastOffset = endOffset - 1;
        RecordBatchHeader.assignOffsets(records, baseOffset, leaderEpoch);
        if (tail.isEmpty()) {
            // Before the journal has the entry: a checkpoint that counts it as moved must know of this log. The flusher
            // forgets a log first and then, under the lock that is held here, looks at its tail.
            logs.markDirty(this);
        }
        boolean syncIsDue = syncIsDue(valid);
        long lsn = logs.journal().append(highWatermark, JournalFrame.KIND_BATCHES, records, endOffset, syncIsDue);
        if (!syncIsDue && config.flushMs() < Long.MAX_VALUE) {
            logs.syncWithin(config.flushMs());
        }
        tail.add(new Tail.Piece(records, baseOffset, lastOffset, valid.maxTimestampMs(), lsn));
        if (producers != null) {
            producers.update(records);
        }
        logEndOffset = endOffset;
        return new AppendResult.Appended(baseOffset, lastOffset, valid.logAppendTimeMs(), logStartOffset, lsn);
    }

    private boolean syncIsDue(BatchValidator.Valid valid) {
        unsyncedRecords += valid.offsetCount();
        boolean due = unsyncedRecords >= config.flushMessages();
        if (due) {
            unsyncedRecords = 0;
        }
        return due;
    }

    private Producers producers(LogFiles open) {
        if (producers == null) {
            producers = Producers.load(open, tail, logStartOffset, logEndOffset);
        }
        return producers;
    }

    public List<ActiveProducer> activeProducers() {
        LogFiles open = open();
        lock.lock();
        try {
            return producers(open).states().activeProducers();
        } finally {
            lock.unlock();
        }
    }

    /** Calls {@link Waiter#wake} each time the high watermark or last stable offset moves, until removed. */
    public void addWaiter(Waiter waiter) {
        highWatermark.add(waiter);
    }

    public void removeWaiter(Waiter waiter) {
        highWatermark.remove(waiter);
    }

    // ---- reading

    /** Returns at most {@code maxBytes}, or one whole batch of any size if {@code atLeastOneBatch}. Never waits. */
    public ReadResult read(long offset, int maxBytes, boolean atLeastOneBatch, ReadBound bound) {
        LogFiles open = open();
        if (offset < logStartOffset || offset > logEndOffset) {
            return new ReadResult.OutOfRange(logStartOffset, logEndOffset);
        }
        long boundOffset = boundOffset(bound);
        if (offset >= boundOffset) {
            return ReadResult.InMemory.EMPTY;
        }
        ReadResult found = read(open, offset, maxBytes, atLeastOneBatch, boundOffset);
        // What is below the start may have gone meanwhile, and then a later batch was found, or nothing.
        return offset < logStartOffset ? new ReadResult.OutOfRange(logStartOffset, logEndOffset) : found;
    }

    private ReadResult read(LogFiles open, long offset, int maxBytes, boolean atLeastOneBatch, long boundOffset) {
        while (true) {
            long tailStart = tailStart();
            if (offset < tailStart) {
                Optional<ReadResult> found = open.reads().read(offset, maxBytes, atLeastOneBatch);
                if (found.isPresent() || tailStart == NO_TAIL) {
                    return found.orElse(ReadResult.InMemory.EMPTY);
                }
            }
            // Compaction may leave no batch from the offset to the end of the segments: then the next one is the
            // tail's.
            lock.lock();
            try {
                if (tailStart() == tailStart) {
                    return tail.read(offset, maxBytes, atLeastOneBatch, boundOffset);
                }
            } finally {
                lock.unlock();
            }
            // What the tail began with is in a segment by now.
        }
    }

    private static final long NO_TAIL = Long.MAX_VALUE;

    private long tailStart() {
        lock.lock();
        try {
            return tail.isEmpty() ? NO_TAIL : tail.baseOffset();
        } finally {
            lock.unlock();
        }
    }

    private long boundOffset(ReadBound bound) {
        return switch (bound) {
            case LOG_END -> logEndOffset;
            case HIGH_WATERMARK -> highWatermark.offset();
            case LAST_STABLE -> lastStableOffset();
        };
    }

    /** The first offset kept. */
    public long logStartOffset() {
        open();
        return logStartOffset;
    }

    /** The offset the next record gets. */
    public long logEndOffset() {
        open();
        return logEndOffset;
    }

    /** Exclusive bound of what is durable. */
    public long highWatermark() {
        open();
        return highWatermark.offset();
    }

    /** Exclusive bound of what {@code read_committed} readers may see; there are no transactions yet to hold it back. */
    public long lastStableOffset() {
        return highWatermark();
    }

    /** End offset (exclusive) of the greatest epoch that is not above {@code epoch}; empty if there is none. */
    public Optional<EpochEnd> endOfEpoch(int epoch) {
        return open().endOfEpoch(epoch, leaderEpoch, logEndOffset);
    }

    /** The first record with this timestamp or a later one, below the high watermark. */
    public Optional<TimestampedOffset> firstAtOrAfter(long timestampMs) {
        TimeSearch search = timeSearch();
        long bound = highWatermark.offset();
        return search.firstAtOrAfter(timestampMs).filter(record -> record.offset() < bound);
    }

    /** The record with the greatest timestamp (the first of several). */
    public Optional<TimestampedOffset> maxTimestamp() {
        return timeSearch().maxTimestamp();
    }

    private TimeSearch timeSearch() {
        LogFiles open = open();
        lock.lock();
        try {
            return new TimeSearch(open.reads(), tail.from(logStartOffset), logStartOffset);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of all segments and of what is still on its way to them. */
    public long sizeBytes() {
        LogFiles open = open();
        lock.lock();
        try {
            return open.sizeBytes() + tail.sizeBytes();
        } finally {
            lock.unlock();
        }
    }

    // ---- deleting

    /**
     * Raises the log start offset ({@code DeleteRecords}); -1 means to the high watermark. Durable when it returns.
     *
     * @return the new log start offset, or empty if {@code offset} is below -1 or beyond the high watermark
     */
    public Optional<Long> deleteRecordsBefore(long offset) throws InterruptedException, JournalFailedException {
        open();
        long bound = highWatermark.offset();
        long wanted = offset == -1 ? bound : offset;
        if (wanted < 0 || wanted > bound) {
            return Optional.empty();
        }
        logs.awaitSynced(raiseLogStart(wanted));
        return Optional.of(logStartOffset);
    }

    /** Returns the lsn to wait for: what it says, or more, is on disk then. */
    private long raiseLogStart(long wanted) throws JournalFailedException {
        lock.lock();
        try {
            if (wanted > logStartOffset) {
                // Before the journal has the entry: the checkpoint that counts it as taken over must say the same.
                logStartOffset = wanted;
                logs.markDirty(this);
                ByteBuffer content = ByteBuffer.allocate(Long.BYTES).putLong(0, wanted);
                long bound = highWatermark.offset();
                logStartLsn = logs.journal().append(highWatermark, JournalFrame.KIND_LOG_START, content, bound, true);
            }
            return logStartLsn;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Raises the log start over the segments that have had their time, if there are any. Their files go when that is on
     * disk, with {@link #deleteBelowStart}.
     *
     * @return whether there are any
     */
    boolean expire(long nowMs) throws IOException, JournalFailedException {
        flushLock.lock();
        try {
            boolean isIdle = files == null && logs.replayed(id) == null;
            if (isDeleted || (isIdle && !unopened.hasExpired(config.cleanup(), nowMs))) {
                return false;
            }
            LogFiles open = open();
            int expired = countExpired(open, nowMs);
            if (expired == open.segments().all().size()) {
                // All of it, as far as it is in segments.
                moveTailOrFail(open);
                expired = countExpired(open, nowMs);
            }
            if (expired > 0 && expired == open.segments().all().size() && !rollAtEnd(open)) {
                expired--;
            }
            if (expired > 0) {
                raiseLogStart(open.segments().all().get(expired).baseOffset());
            }
            return expired > 0;
        } finally {
            flushLock.unlock();
        }
    }

    private void moveTailOrFail(LogFiles open) throws IOException {
        try {
            moveTail(open, logs.journal().syncedLsn(), new WriteBuffer());
        } catch (Storage.NoSpaceException full) {
            // What is in the tail stays there, and the flusher tries again.
            throw full;
        } catch (IOException e) {
            // As for the flusher: a segment that was written in part takes no second try, it would leave a hole.
            logs.journal().fail(e);
            throw e;
        }
    }

    private int countExpired(LogFiles open, long nowMs) throws IOException {
        Tail.Content content;
        RetentionRules rules;
        lock.lock();
        try {
            content = tail.content(logEndOffset);
            rules = new RetentionRules(config.cleanup(), logStartOffset, highWatermark.offset(), nowMs);
        } finally {
            lock.unlock();
        }
        return rules.countExpired(open.segments().parts(content));
    }

    /** Begins a segment behind all others, with the producers as they are then; not if there is a tail to go before it. */
    private boolean rollAtEnd(LogFiles open) throws IOException {
        long endOffset;
        lock.lock();
        try {
            if (!tail.isEmpty()) {
                return false;
            }
            endOffset = logEndOffset;
            snapshotProducers(open);
        } finally {
            lock.unlock();
        }
        open.rollAt(endOffset);
        return true;
    }

    private void snapshotProducers(LogFiles open) throws IOException {
        try {
            producers(open).snapshot(open);
        } catch (UncheckedIOException e) {
            LOG.warn("{} forgets its producers with its last segment: {}", id, e.getMessage());
        }
    }

    /** Takes away the names of files all of whose offsets are below the log start, as far as that is on disk. */
    void deleteBelowStart(long syncedLsn) throws IOException {
        LogFiles open = files;
        if (open != null) {
            flushLock.lock();
            try {
                if (!isDeleted && logStartIsSynced(syncedLsn)) {
                    open.deleteBelow(logStartOffset, logs.deletedFiles(), config.fileDeleteDelayMs());
                }
            } finally {
                flushLock.unlock();
            }
        }
    }

    private boolean logStartIsSynced(long syncedLsn) {
        lock.lock();
        try {
            return logStartLsn < syncedLsn;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the topic is gone: what is read from the log from then on means nothing. */
    public boolean isDeleted() {
        return isDeleted;
    }

    /** Ends the log: appends are refused from now on, and its directory goes away. Reads nothing that it holds. */
    void delete() throws IOException {
        flushLock.lock();
        try {
            lock.lock();
            try {
                isDeleted = true;
                logs.tailBudget().release(tail.removeAll());
            } finally {
                lock.unlock();
            }
            logs.forgetReplayed(id);
            LogFiles gone = files != null ? files : new LogFiles(logs, id, leaderEpoch);
            files = gone;
            gone.moveAside(logs.deletedFiles(), config.fileDeleteDelayMs());
        } finally {
            flushLock.unlock();
            highWatermark.wakeAll();
        }
    }

    // ---- opening, and moving the tail

    /** Finds out what is on disk, at the first use: start and end offset, and what the journal of an earlier run has. */
    private LogFiles open() {
        LogFiles open = files;
        if (open != null) {
            return open;
        }
        flushLock.lock();
        lock.lock();
        try {
            if (files == null) {
                files = openNow();
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be opened: %s".formatted(id, e.getMessage()), e);
        } finally {
            lock.unlock();
            flushLock.unlock();
        }
    }

    private LogFiles openNow() throws IOException {
        Recovery recovery = new Recovery(logs, id, config, leaderEpoch, tail);
        LogFiles open = recovery.run();
        logStartOffset = recovery.logStartOffset();
        logEndOffset = recovery.logEndOffset();
        highWatermark.startAt(logEndOffset);
        if (recovery.foundEntries()) {
            logs.markDirty(this);
        }
        return open;
    }

    /** Moves what is below {@code syncedLsn} from the tail into segment files. Called by the flusher. */
    void moveTail(long syncedLsn, WriteBuffer buffer) throws IOException {
        LogFiles open = open();
        flushLock.lock();
        try {
            if (!isDeleted) {
                moveTail(open, syncedLsn, buffer);
            }
        } finally {
            flushLock.unlock();
        }
        deleteBelowStart(syncedLsn);
    }

    private static final long MOVE_BYTES = 8 << 20;

    private void moveTail(LogFiles open, long syncedLsn, WriteBuffer buffer) throws IOException {
        for (List<Tail.Piece> pieces = firstPieces(syncedLsn); !pieces.isEmpty(); pieces = firstPieces(syncedLsn)) {
            LogFiles.Written written = open.write(pieces, config, buffer);
            lock.lock();
            try {
                long movedBytes = tail.removeFirst(written.count());
                logs.diskSpace().take(movedBytes);
                logs.tailBudget().release(movedBytes);
                if (producers != null) {
                    producers.expireIfDue(logs.nowMs(), logs.limits().producerExpirationMs());
                }
                if (written.hasRolled() && producers != null) {
                    producers.snapshot(open);
                }
            } finally {
                lock.unlock();
            }
            if (written.noSpace() != null) {
                throw written.noSpace();
            }
        }
    }

    private List<Tail.Piece> firstPieces(long syncedLsn) {
        lock.lock();
        try {
            return tail.firstBelow(syncedLsn, MOVE_BYTES);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the flusher has to come again, for what was not on disk in the journal when it came. */
    boolean hasMore(long syncedLsn) {
        lock.lock();
        try {
            return !tail.isEmpty() || logStartLsn >= syncedLsn;
        } finally {
            lock.unlock();
        }
    }

    /** Makes durable what was moved into segments. */
    void syncSegments() throws IOException {
        LogFiles open = files;
        if (open != null) {
            flushLock.lock();
            try {
                if (!isDeleted) {
                    open.sync();
                }
            } finally {
                flushLock.unlock();
            }
        }
    }

    /** Leaves the directory as Apache Kafka leaves it after a clean stop. The tail has been moved. */
    void closeCleanly() throws IOException {
        LogFiles open = files;
        if (open == null) {
            return;
        }
        flushLock.lock();
        lock.lock();
        try {
            if (producers != null) {
                producers.snapshot(open);
            }
            open.seal();
            open.sync();
            open.close();
        } finally {
            lock.unlock();
            flushLock.unlock();
        }
    }

    // ---- compaction

    /** Something done to the files of a log. */
    interface FilesChange<T> {
        T in(LogFiles files) throws IOException;
    }

    /** Does it while nobody else changes the files; or not, and returns empty, if the log was deleted. */
    <T> Optional<T> changeFiles(FilesChange<T> change) throws IOException {
        LogFiles open = open();
        flushLock.lock();
        try {
            return isDeleted ? Optional.empty() : Optional.of(change.in(open));
        } finally {
            flushLock.unlock();
        }
    }

    /** Whether it was used in this run. */
    boolean isOpen() {
        return files != null;
    }

    /** The segments as they are now, from the first to the one that grows. */
    List<Segment> segments() {
        return open().segments().all();
    }

    /** What compaction has to keep for recovery to find the producers again. */
    ProducerMarks producerMarks() {
        LogFiles open = open();
        lock.lock();
        try {
            if (producers != null) {
                return producers.states().marks(highWatermark.offset());
            }
        } finally {
            lock.unlock();
        }
        // No idempotent append in this run, or the first comes just now: appends need not wait while segments are read.
        return Producers.load(open, new Tail(), logStartOffset, logEndOffset)
                .states()
                .marks(logEndOffset);
    }

    /**
     * What the checkpoints say of this log, when its segments are synced: where it starts, and up to where the segments
     * have it. Empty if it was not opened, and so has not changed.
     */
    Optional<LogFiles.Offsets> checkpointOffsets() {
        if (files == null) {
            return Optional.empty();
        }
        lock.lock();
        try {
            long segmentsEnd = tail.isEmpty() ? logEndOffset : tail.baseOffset();
            return Optional.of(new LogFiles.Offsets(logStartOffset, segmentsEnd));
        } finally {
            lock.unlock();
        }
    }

    /** The segment files, with what they may hold. Opens nothing. */
    List<Scrub.ScrubbedFile> filesToScrub() {
        LogFiles open = files;
        try {
            if (open != null) {
                return open.segments().toScrub();
            }
            boolean lastMayBeTorn = !logs.segmentsAreTrusted() || logs.replayed(id) != null;
            return Scrub.ofUnopened(logs.storage(), logs.root().resolve(id.directoryName()), lastMayBeTorn);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{} can't be checked: {}", id, e.toString());
            return List.of();
        }
    }

    void closeFiles() throws IOException {
        LogFiles open = files;
        if (open != null) {
            open.close();
        }
    }
}
