package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.Logs.JournalFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
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
 * <p>Locks: {@code flushLock} before that of {@link Appends} before the journal's. Reads of segments take none of them.
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

    /**
     * A transaction's end in one log.
     *
     * @param coordinatorEpoch the leader epoch of the transaction's partition of {@code __transaction_state}
     * @param transactionVersion from {@link #FIRST_VERSION_WITH_EPOCH_BUMP} on the producer's epoch has to be greater than
     *     that of the transaction's records (KIP-890)
     */
    public record EndTransaction(
            long producerId, short producerEpoch, int coordinatorEpoch, boolean isCommit, int transactionVersion) {
        public static final int FIRST_VERSION_WITH_EPOCH_BUMP = 2;
    }

    /**
     * What {@code read_committed} consumers get.
     *
     * @param aborted the transactions that have records in what was read, which are to be left out; in the order of their
     *     markers
     */
    public record CommittedRead(ReadResult result, List<AbortedTransaction> aborted) {}

    /** Where an epoch ended; the end is exclusive. */
    public record EpochEnd(int leaderEpoch, long endOffset) {}

    private final Logs logs;
    private final LogId id;
    private final int leaderEpoch;
    private final HighWatermark highWatermark;
    private volatile LogConfig config;

    /** Held by who writes segments or changes their list: the flusher, recovery, deletion. */
    private final ReentrantLock flushLock = new ReentrantLock();

    private final Appends appends;
    private final UnopenedLog unopened;
    private volatile @Nullable LogFiles files;

    PartitionLog(Logs logs, LogId id, LogConfig config, int leaderEpoch) {
        this.logs = logs;
        this.id = id;
        this.unopened = new UnopenedLog(logs, id);
        this.highWatermark = new HighWatermark(id, this::isDurable);
        this.appends = new Appends(logs, this, highWatermark);
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
        return append(records, origin, null);
    }

    /**
     * The same, where the records may be the first of a transaction in this log.
     *
     * @param ticket from {@link #beginVerification}, handed in once the transaction's coordinator has said that this log is part
     *     of the transaction. Without one, or with one that has become void, the first batch of a transaction is refused with
     *     INVALID_TXN_STATE.
     */
    public AppendResult append(ByteBuffer records, Origin origin, @Nullable Verification ticket) {
        return validate(records, origin, (open, valid) -> appends.append(open, valid, origin, ticket));
    }

    /**
     * Ends a producer's transaction in this log by a control batch, which is appended even if it has none, as by Kafka. The last
     * stable offset moves when the batch is durable.
     *
     * @return rejected with INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED if it is a marker of the past
     */
    public AppendResult endTransaction(EndTransaction marker) {
        ControlRecordType type = marker.isCommit() ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        ByteBuffer batch = MemoryRecords.withEndTransactionMarker(
                        logs.nowMs(),
                        marker.producerId(),
                        marker.producerEpoch(),
                        new EndTransactionMarker(type, marker.coordinatorEpoch()))
                .buffer();
        return validate(batch, Origin.COORDINATOR, (open, valid) -> appends.append(open, valid, marker));
    }

    /**
     * Begins the verification of the first batch that a transaction has in this log (KIP-890).
     *
     * @param supportsEpochBump whether the producer's epoch rises with each transaction (transaction version 2)
     * @return a ticket for {@link #append}, once the transaction's coordinator has said yes; empty if the batch is to be appended
     *     without, because the transaction has begun already, or because the log refuses it anyway: for its epoch, or since it
     *     can't be read
     */
    public Optional<Verification> beginVerification(
            long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
        try {
            return appends.beginVerification(open(), producerId, producerEpoch, baseSequence, supportsEpochBump);
        } catch (UncheckedIOException unreadable) {
            LOG.debug("{}, which the append says, too", unreadable.getMessage());
            return Optional.empty();
        }
    }

    /** The last step of an append, which has its memory by then. */
    private interface Append {
        AppendResult to(LogFiles open, BatchValidator.Valid valid) throws JournalFailedException;
    }

    private AppendResult validate(ByteBuffer records, Origin origin, Append append) {
        return switch (BatchValidator.validate(records, id, config, origin, logs.nowMs())) {
            case BatchValidator.Invalid(AppendResult.Rejected rejected) -> rejected;
            case BatchValidator.Valid valid -> append(valid, origin, append);
        };
    }

    private AppendResult append(BatchValidator.Valid valid, Origin origin, Append append) {
        try {
            LogFiles open = open();
            int bytes = valid.records().remaining();
            if (!acquireMemory(bytes, origin)) {
                return new AppendResult.Rejected(
                        Reason.KAFKA_STORAGE_ERROR, logs.diskSpace().refusal());
            }
            boolean isKept = false;
            try {
                AppendResult result = append.to(open, valid);
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

    public List<ActiveProducer> activeProducers() {
        return appends.activeProducers(open());
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
        if (offset < appends.logStartOffset() || offset > appends.logEndOffset()) {
            return outOfRange();
        }
        long boundOffset = boundOffset(bound);
        if (offset >= boundOffset) {
            return ReadResult.InMemory.EMPTY;
        }
        ReadResult found = read(open, offset, maxBytes, atLeastOneBatch, boundOffset);
        // What is below the start may have gone meanwhile, and then a later batch was found, or nothing.
        return offset < appends.logStartOffset() ? outOfRange() : found;
    }

    /** Reads up to the last stable offset, and says which of the records were aborted. Never waits. */
    public CommittedRead readCommitted(long offset, int maxBytes, boolean atLeastOneBatch) {
        LogFiles open = open();
        while (true) {
            List<Segment> segments = open.segments().all();
            ReadResult found = read(offset, maxBytes, atLeastOneBatch, ReadBound.LAST_STABLE);
            if (!(found instanceof ReadResult.Records records) || records.sizeBytes() == 0) {
                return new CommittedRead(found, List.of());
            }
            // The tail first: what is moved meanwhile is found in a segment.
            List<AbortedTransaction> inTail = appends.abortedInTail();
            Optional<List<AbortedTransaction>> aborted = open.reads().aborted(offset, records.endOffset(), inTail);
            // Compaction drops aborted records, and then their transactions: the two must be of the same segments.
            if (aborted.isPresent() && open.segments().all().equals(segments)) {
                return new CommittedRead(found, aborted.get());
            } else if (isDeleted()) {
                return new CommittedRead(found, List.of());
            }
        }
    }

    private ReadResult outOfRange() {
        return new ReadResult.OutOfRange(appends.logStartOffset(), appends.logEndOffset());
    }

    private ReadResult read(LogFiles open, long offset, int maxBytes, boolean atLeastOneBatch, long boundOffset) {
        while (true) {
            long tailStart = appends.tailStart();
            if (offset < tailStart) {
                Optional<ReadResult> found =
                        open.reads().read(offset, tailStart, maxBytes, atLeastOneBatch, boundOffset);
                if (found.isPresent() || tailStart == Appends.NO_TAIL) {
                    return found.orElse(ReadResult.InMemory.EMPTY);
                }
            }
            // Compaction may leave no batch from the offset to the end of the segments: then the next one is the
            // tail's.
            Optional<ReadResult> found = appends.read(tailStart, offset, maxBytes, atLeastOneBatch, boundOffset);
            if (found.isPresent()) {
                return found.get();
            }
            // What the tail began with is in a segment by now.
        }
    }

    private long boundOffset(ReadBound bound) {
        return switch (bound) {
            case LOG_END -> appends.logEndOffset();
            case HIGH_WATERMARK -> highWatermark.offset();
            case LAST_STABLE -> lastStableOffset();
        };
    }

    /** The first offset kept. */
    public long logStartOffset() {
        open();
        return appends.logStartOffset();
    }

    /** The offset the next record gets. */
    public long logEndOffset() {
        open();
        return appends.logEndOffset();
    }

    /** Exclusive bound of what is durable. */
    public long highWatermark() {
        open();
        return highWatermark.offset();
    }

    /**
     * Exclusive bound of what {@code read_committed} readers may see: the high watermark, or where the earliest transaction
     * began that is open or whose marker is not durable yet. The first who asks may have to wait while the newest segment is
     * read.
     */
    public long lastStableOffset() {
        return appends.lastStableOffset(open());
    }

    /** The same if that can be told at once. */
    public OptionalLong knownLastStableOffset() {
        open();
        return appends.knownLastStableOffset();
    }

    /** All aborted transactions whose records the log may still have, in the order of their markers. */
    List<AbortedTransaction> abortedTransactions() throws IOException {
        List<AbortedTransaction> inTail = appends.abortedInTail();
        return open().reads().aborted(inTail);
    }

    /** End offset (exclusive) of the greatest epoch that is not above {@code epoch}; empty if there is none. */
    public Optional<EpochEnd> endOfEpoch(int epoch) {
        return open().endOfEpoch(epoch, leaderEpoch, appends.logEndOffset());
    }

    /** The first record with this timestamp or a later one, below the high watermark. */
    public Optional<TimestampedOffset> firstAtOrAfter(long timestampMs) {
        TimeSearch search = appends.timeSearch(open());
        long bound = highWatermark.offset();
        return search.firstAtOrAfter(timestampMs).filter(record -> record.offset() < bound);
    }

    /** The record with the greatest timestamp (the first of several). */
    public Optional<TimestampedOffset> maxTimestamp() {
        return appends.timeSearch(open()).maxTimestamp();
    }

    /** Bytes of all segments and of what is still on its way to them. */
    public long sizeBytes() {
        return appends.sizeBytes(open());
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
        logs.awaitSynced(appends.raiseLogStart(wanted));
        return Optional.of(appends.logStartOffset());
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
            if (appends.isDeleted() || (isIdle && !unopened.hasExpired(config.cleanup(), nowMs))) {
                return false;
            }
            LogFiles open = open();
            int expired = appends.countExpired(open, nowMs);
            if (expired == open.segments().all().size()) {
                // All of it, as far as it is in segments.
                moveTailOrFail(open);
                expired = appends.countExpired(open, nowMs);
            }
            if (expired > 0 && expired == open.segments().all().size() && !rollAtEnd(open)) {
                expired--;
            }
            if (expired > 0) {
                appends.raiseLogStart(open.segments().all().get(expired).baseOffset());
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

    /** Begins a segment behind all others, with the producers as they are then; not if there is a tail to go before it. */
    private boolean rollAtEnd(LogFiles open) throws IOException {
        OptionalLong end = appends.endWithoutTail(open);
        if (end.isPresent()) {
            open.rollAt(end.getAsLong());
        }
        return end.isPresent();
    }

    /** Takes away the names of files all of whose offsets are below the log start, as far as that is on disk. */
    void deleteBelowStart(long syncedLsn) throws IOException {
        LogFiles open = files;
        if (open != null) {
            flushLock.lock();
            try {
                if (!appends.isDeleted() && appends.logStartIsSynced(syncedLsn)) {
                    open.deleteBelow(appends.logStartOffset(), logs.deletedFiles(), config.fileDeleteDelayMs());
                }
            } finally {
                flushLock.unlock();
            }
        }
    }

    /** Whether the topic is gone: what is read from the log from then on means nothing. */
    public boolean isDeleted() {
        return appends.isDeleted();
    }

    /** Ends the log: appends are refused from now on, and its directory goes away. Reads nothing that it holds. */
    void delete() throws IOException {
        flushLock.lock();
        try {
            appends.delete();
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
        try {
            if (files == null) {
                files = appends.recover();
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be opened: %s".formatted(id, e.getMessage()), e);
        } finally {
            flushLock.unlock();
        }
    }

    private LogFiles openOrThrow() throws IOException {
        try {
            return open();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Moves what is below {@code syncedLsn} from the tail into segment files. Called by the flusher. */
    void moveTail(long syncedLsn, WriteBuffer buffer) throws IOException {
        LogFiles open = openOrThrow();
        flushLock.lock();
        try {
            if (!appends.isDeleted()) {
                moveTail(open, syncedLsn, buffer);
            }
        } finally {
            flushLock.unlock();
        }
        deleteBelowStart(syncedLsn);
    }

    private void moveTail(LogFiles open, long syncedLsn, WriteBuffer buffer) throws IOException {
        while (true) {
            List<Tail.Piece> pieces = appends.firstPieces(syncedLsn);
            if (pieces.isEmpty()) {
                return;
            }
            LogFiles.Written written = open.write(pieces, config, buffer);
            appends.moved(written, open);
            if (written.noSpace() != null) {
                throw written.noSpace();
            }
        }
    }

    /** Whether the flusher has to come again, for what was not on disk in the journal when it came. */
    boolean hasMore(long syncedLsn) {
        return appends.hasMore(syncedLsn);
    }

    /** Makes durable what was moved into segments. */
    void syncSegments() throws IOException {
        LogFiles open = files;
        if (open != null) {
            flushLock.lock();
            try {
                if (!appends.isDeleted()) {
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
        try {
            appends.snapshotProducers(open);
            open.seal();
            open.sync();
            open.close();
        } finally {
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
            return appends.isDeleted() ? Optional.empty() : Optional.of(change.in(open));
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
        return appends.producerMarks(open());
    }

    /**
     * What the checkpoints say of this log, when its segments are synced: where it starts, and up to where the segments
     * have it. Empty if it was not opened, and so has not changed.
     */
    Optional<LogFiles.Offsets> checkpointOffsets() {
        return files == null ? Optional.empty() : Optional.of(appends.offsetsInSegments());
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
