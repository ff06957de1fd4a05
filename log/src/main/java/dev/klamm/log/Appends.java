package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.Logs.JournalFailedException;
import dev.klamm.log.PartitionLog.ActiveProducer;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a log that grows: gives each batch its offsets, queues it for the journal in the same order, and keeps it in
 * the tail until it is in a segment. What else is changed in that order is here, too: the producers, the log start offset,
 * and that the log was deleted.
 */
final class Appends {
    private static final Logger LOG = LoggerFactory.getLogger(Appends.class);
    private static final long MOVE_BYTES = 8 << 20;

    /** What {@link #tailStart} says of an empty tail. */
    static final long NO_TAIL = Long.MAX_VALUE;

    private final Logs logs;
    private final PartitionLog log;
    private final HighWatermark highWatermark;

    /**
     * Guards the tail, the producers, and appends: offsets are given and journal entries queued in one order. Before the
     * journal's, behind the log's flush lock.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final Tail tail = new Tail();

    /** Null until they are needed; changed under the lock. */
    private volatile @Nullable Producers producers;

    private long unsyncedRecords;
    private volatile long logStartOffset;

    /** Of the journal's entry that raised the log start last. */
    private long logStartLsn = -1;

    private volatile long logEndOffset;
    private volatile boolean isDeleted;

    Appends(Logs logs, PartitionLog log, HighWatermark highWatermark) {
        this.logs = logs;
        this.log = log;
        this.highWatermark = highWatermark;
    }

    /** Finds out what is on disk, and what the journal of an earlier run has, which goes through the tail once more. */
    LogFiles recover() throws IOException {
        lock.lock();
        try {
            Recovery recovery =
                    new Recovery(logs, log.id(), log.config(), log.leaderEpoch(), tail, highWatermark::offset);
            LogFiles files = recovery.run();
            logStartOffset = recovery.logStartOffset();
            logEndOffset = recovery.logEndOffset();
            highWatermark.startAt(logEndOffset);
            producers = logEndOffset == 0 ? Producers.none(files.id(), highWatermark::offset) : recovery.producers();
            if (recovery.foundEntries()) {
                logs.markDirty(log);
            }
            return files;
        } finally {
            lock.unlock();
        }
    }

    long logStartOffset() {
        return logStartOffset;
    }

    long logEndOffset() {
        return logEndOffset;
    }

    boolean isDeleted() {
        return isDeleted;
    }

    // ---- appending

    /**
     * Gives offsets to what was validated, and queues it for the journal.
     *
     * @param open for what it takes to know the producers
     * @param ticket to begin a transaction with, or null
     */
    AppendResult append(LogFiles open, BatchValidator.Valid valid, Origin origin, @Nullable Verification ticket)
            throws JournalFailedException {
        ByteBuffer records = valid.records();
        lock.lock();
        try {
            if (isDeleted) {
                return deleted();
            }
            if (producers != null || RecordBatchHeader.anyHasProducerId(records)) {
                ProducerStates states = producers(open).states();
                ProducerStates.Verdict verdict = states.check(records, origin, ticket, logEndOffset);
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

    /** The same for a transaction's marker. */
    AppendResult append(LogFiles open, BatchValidator.Valid valid, EndTransaction marker)
            throws JournalFailedException {
        lock.lock();
        try {
            if (isDeleted) {
                return deleted();
            }
            return producers(open).states().check(marker, logEndOffset) instanceof ProducerStates.Refuse refuse
                    ? refuse.toResult()
                    : take(valid);
        } finally {
            lock.unlock();
        }
    }

    private AppendResult.Rejected deleted() {
        return new AppendResult.Rejected(Reason.UNKNOWN_TOPIC_OR_PARTITION, log.id() + " was deleted");
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
        RecordBatchHeader.assignOffsets(records, baseOffset, log.leaderEpoch());
        if (tail.isEmpty()) {
            // Before the journal has the entry: a checkpoint that counts it as moved must know of this log. The flusher
            // forgets a log first and then, under the lock that is held here, looks at its tail.
            logs.markDirty(log);
        }
        boolean syncIsDue = syncIsDue(valid);
        // Before the journal has them: the high watermark must not pass a transaction that nobody knows of yet.
        List<AbortedTransaction> aborted = producers == null ? List.of() : producers.update(records);
        long lsn = queue(records, endOffset, syncIsDue);
        try {
            if (!syncIsDue && log.config().flushMs() < Long.MAX_VALUE) {
                logs.syncWithin(log.config().flushMs());
            }
            tail.add(new Tail.Piece(records, baseOffset, lastOffset, valid.maxTimestampMs(), lsn, aborted));
        } catch (RuntimeException | Error e) {
            // The journal has the batch, and the next one would get its offsets.
            logs.journal().fail(e);
            throw e;
        }
        logEndOffset = endOffset;
        return new AppendResult.Appended(baseOffset, lastOffset, valid.logAppendTimeMs(), logStartOffset, lsn);
    }

    private long queue(ByteBuffer records, long endOffset, boolean syncIsDue) throws JournalFailedException {
        try {
            return logs.journal().append(highWatermark, JournalFrame.KIND_BATCHES, records, endOffset, syncIsDue);
        } catch (JournalFailedException e) {
            // They know of batches that are not in the log. It gets no others, and these must not get into a snapshot.
            producers = null;
            throw e;
        }
    }

    private boolean syncIsDue(BatchValidator.Valid valid) {
        unsyncedRecords += valid.offsetCount();
        boolean due = unsyncedRecords >= log.config().flushMessages();
        if (due) {
            unsyncedRecords = 0;
        }
        return due;
    }

    /** Refuses appends from now on; what was on its way to the segments is dropped. */
    void delete() {
        lock.lock();
        try {
            isDeleted = true;
            logs.tailBudget().release(tail.removeAll());
        } finally {
            lock.unlock();
        }
    }

    /** Raises the log start offset; returns the lsn to wait for: what it says, or more, is on disk then. */
    long raiseLogStart(long wanted) throws JournalFailedException {
        lock.lock();
        try {
            if (wanted > logStartOffset) {
                // Before the journal has the entry: the checkpoint that counts it as taken over must say the same.
                logStartOffset = wanted;
                logs.markDirty(log);
                ByteBuffer content = ByteBuffer.allocate(Long.BYTES).putLong(0, wanted);
                long bound = highWatermark.offset();
                logStartLsn = logs.journal().append(highWatermark, JournalFrame.KIND_LOG_START, content, bound, true);
            }
            return logStartLsn;
        } finally {
            lock.unlock();
            // It may have been an open transaction that held the last stable offset back.
            highWatermark.wakeAll();
        }
    }

    /** Whether the log start that was raised last is on disk. */
    boolean logStartIsSynced(long syncedLsn) {
        lock.lock();
        try {
            return logStartLsn < syncedLsn;
        } finally {
            lock.unlock();
        }
    }

    // ---- producers

    private Producers producers(LogFiles open) {
        Producers known = producers;
        if (known == null) {
            known = Producers.load(open, tail, logStartOffset, logEndOffset, highWatermark::offset);
            producers = known;
        }
        return known;
    }

    /** Exclusive bound of what is durable and decided: committed, aborted, or not part of a transaction. */
    long lastStableOffset(LogFiles open) {
        Producers known = producers;
        if (known == null) {
            lock.lock();
            try {
                known = producers(open);
            } finally {
                lock.unlock();
            }
        }
        return lastStableOffset(known);
    }

    /** The same if that can be told without a look at the disk. */
    OptionalLong knownLastStableOffset() {
        Producers known = producers;
        return known == null ? OptionalLong.empty() : OptionalLong.of(lastStableOffset(known));
    }

    private long lastStableOffset(Producers known) {
        // First of all: what moves it later is not below it.
        long stable = highWatermark.offset();
        long firstUnstable = known.states().transactions().firstUnstable(stable);
        return Math.min(stable, Math.max(firstUnstable, logStartOffset));
    }

    /** See {@link ProducerStates#beginVerification}. */
    Optional<Verification> beginVerification(
            LogFiles open, long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
        lock.lock();
        try {
            return producers(open)
                    .states()
                    .beginVerification(producerId, producerEpoch, baseSequence, supportsEpochBump, logs.nowMs());
        } finally {
            lock.unlock();
        }
    }

    /** The aborted transactions whose markers are in the tail. */
    List<AbortedTransaction> abortedInTail() {
        lock.lock();
        try {
            return tail.aborted();
        } finally {
            lock.unlock();
        }
    }

    List<ActiveProducer> activeProducers(LogFiles open) {
        lock.lock();
        try {
            return producers(open).states().activeProducers();
        } finally {
            lock.unlock();
        }
    }

    /** What compaction has to keep for recovery to find the producers again. */
    ProducerMarks producerMarks(LogFiles open) {
        lock.lock();
        try {
            if (producers != null) {
                return producers.states().marks(highWatermark.offset());
            }
        } finally {
            lock.unlock();
        }
        // No idempotent append in this run, or the first comes just now: appends need not wait while segments are read.
        return Producers.load(open, new Tail(), logStartOffset, logEndOffset, highWatermark::offset)
                .states()
                .marks(logEndOffset);
    }

    /** Writes down the producers as of the log's end, if they are known. */
    void snapshotProducers(LogFiles open) throws IOException {
        lock.lock();
        try {
            if (producers != null) {
                producers.snapshot(open);
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- reading

    /** The first offset in the tail; {@link #NO_TAIL} if it is empty. */
    long tailStart() {
        lock.lock();
        try {
            return tail.isEmpty() ? NO_TAIL : tail.baseOffset();
        } finally {
            lock.unlock();
        }
    }

    /** Reads from the tail; empty if it does not begin any more where the caller saw it begin. */
    Optional<ReadResult> read(
            long seenTailStart, long offset, int maxBytes, boolean atLeastOneBatch, long boundOffset) {
        lock.lock();
        try {
            return tailStart() == seenTailStart
                    ? Optional.of(tail.read(offset, maxBytes, atLeastOneBatch, boundOffset))
                    : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    TimeSearch timeSearch(LogFiles open) {
        lock.lock();
        try {
            return new TimeSearch(open.reads(), tail.from(logStartOffset), logStartOffset);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of all segments and of what is still on its way to them. */
    long sizeBytes(LogFiles open) {
        lock.lock();
        try {
            return open.sizeBytes() + tail.sizeBytes();
        } finally {
            lock.unlock();
        }
    }

    // ---- moving the tail

    /** What of the tail may be moved into segments next; it stays until {@link #moved}. */
    List<Tail.Piece> firstPieces(long syncedLsn) {
        lock.lock();
        try {
            return tail.firstBelow(syncedLsn, MOVE_BYTES);
        } finally {
            lock.unlock();
        }
    }

    /** Takes note of pieces that are in segments now. */
    void moved(LogFiles.Written written, LogFiles open) throws IOException {
        lock.lock();
        try {
            long movedBytes = tail.removeFirst(written.count());
            logs.diskSpace().take(movedBytes);
            logs.tailBudget().release(movedBytes);
            if (written.hasRolled()) {
                snapshotAtRoll(open);
            }
            if (producers != null) {
                producers.expireIfDue(logs.nowMs(), logs.limits().producerExpirationMs());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Also if nobody has asked for the producers yet: who does later has no more than a segment to read. */
    private void snapshotAtRoll(LogFiles open) throws IOException {
        try {
            producers(open).snapshot(open);
        } catch (UncheckedIOException e) {
            LOG.warn("{}: no snapshot of its producers is made: {}", log.id(), e.getMessage());
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

    /** Where the log starts, and up to where the segments have it. */
    LogFiles.Offsets offsetsInSegments() {
        lock.lock();
        try {
            return new LogFiles.Offsets(logStartOffset, tail.isEmpty() ? logEndOffset : tail.baseOffset());
        } finally {
            lock.unlock();
        }
    }

    /** How many of the oldest segments have had their time. */
    int countExpired(LogFiles open, long nowMs) throws IOException {
        Tail.Content content;
        RetentionRules rules;
        lock.lock();
        try {
            content = tail.content(logEndOffset);
            rules = new RetentionRules(log.config().cleanup(), logStartOffset, highWatermark.offset(), nowMs);
        } finally {
            lock.unlock();
        }
        return rules.countExpired(open.segments().parts(content));
    }

    /** The log's end, once the producers as of there are written down; empty if there is a tail to be moved before. */
    OptionalLong endWithoutTail(LogFiles open) throws IOException {
        lock.lock();
        try {
            if (!tail.isEmpty()) {
                return OptionalLong.empty();
            }
            try {
                producers(open).snapshot(open);
            } catch (UncheckedIOException e) {
                LOG.warn("{} forgets its producers with its last segment: {}", log.id(), e.getMessage());
            }
            return OptionalLong.of(logEndOffset);
        } finally {
            lock.unlock();
        }
    }
}
