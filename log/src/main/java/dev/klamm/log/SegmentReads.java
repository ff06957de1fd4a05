package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one segment's {@code .log} file. No batch is handed out that has not been verified in the life of this process;
 * what has been is remembered as one range of bytes, and goes out without being looked at again. Any thread reads.
 */
final class SegmentReads {
    private final Storage.File log;
    private final SegmentIndexes indexes;

    /** Whole batches, all of them good. */
    private record Verified(long from, long to) {
        static final Verified NONE = new Verified(0, 0);

        boolean contains(long position) {
            return from <= position && position < to;
        }

        /** The two as one if they touch, or else the larger one: readers far apart don't take it from each other. */
        Verified with(Verified other) {
            if (other.from <= to && from <= other.to) {
                return new Verified(Math.min(from, other.from), Math.max(to, other.to));
            }
            return other.to - other.from > to - from ? other : this;
        }
    }

    private volatile Verified verified = Verified.NONE;

    /** Where the last read ended: who reads on needs no index. */
    private record End(long offset, long position) {}

    private volatile End lastEnd = new End(-1, 0);

    SegmentReads(Storage.File log, SegmentIndexes indexes) {
        this.log = log;
        this.indexes = indexes;
    }

    /** What is found at an offset. */
    sealed interface Found {}

    /**
     * Whole batches, the first of which holds the offset or is the first one behind it; 0 bytes if it is too large, or not to
     * be seen yet.
     *
     * @param endOffset behind the last one
     */
    record Batches(long baseOffset, long position, int sizeBytes, long endOffset) implements Found {}

    /** The offset lies in damage. */
    record Damaged(DamagedRange range) implements Found {}

    /** The segment ends before the offset. */
    record Nothing() implements Found {}

    /**
     * Looks for whole batches of at most {@code maxBytes} together, or one of any size if {@code atLeastOneBatch}.
     *
     * @param boundOffset none from there on is to be seen
     */
    Found read(long offset, int maxBytes, boolean atLeastOneBatch, long boundOffset, SegmentScope scope)
            throws IOException {
        long boundPosition = boundOffset < scope.bounds().endOffset() ? positionOf(boundOffset, scope) : Long.MAX_VALUE;
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            DamagedRange damaged = find(check, offset, scope);
            if (damaged != null) {
                return new Damaged(damaged);
            }
            if (check.endPosition() == check.position()) {
                return new Nothing();
            }
            long baseOffset = RecordBatchHeader.baseOffset(check.header(), 0);
            long position = check.position();
            if (position >= boundPosition || (check.endPosition() - position > maxBytes && !atLeastOneBatch)) {
                return new Batches(baseOffset, position, 0, baseOffset);
            }
            int sizeBytes = batchesBytes(check, (int) Math.min(maxBytes, boundPosition - position));
            return new Batches(baseOffset, position, sizeBytes, check.expectedOffset());
        }
    }

    /** Where the batch that holds the offset begins, or the first one behind it; the end of the file if there is none. */
    private long positionOf(long offset, SegmentScope scope) throws IOException {
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            find(check, offset, scope);
            return check.position();
        }
    }

    /** A check that steps over verified batches without reading them again. */
    SegmentCheck check(CheckBuffer buffer, SegmentScope scope) {
        Verified known = verified;
        return new SegmentCheck(log, scope.bounds(), scope.sizeBytes(), buffer.bytes()).trust(known.from, known.to);
    }

    /**
     * Has the check stand on the batch that holds the offset, or the first one behind it, or at the end of the file.
     *
     * @return the damage that the offset lies in; null if it lies in none
     */
    private @Nullable DamagedRange find(SegmentCheck check, long offset, SegmentScope scope) throws IOException {
        seek(check, offset, scope);
        long from = check.position();
        int batches = 0;
        while (check.next()) {
            DamagedRange damaged = check.damaged();
            if (damaged != null) {
                scope.findings().add(damaged);
                if (damaged.lastOffset() >= offset) {
                    return damaged;
                }
            } else if (check.lastOffset() >= offset) {
                indexes.stepped(check.position() - from, batches, scope);
                return null;
            }
            batches++;
        }
        return null;
    }

    /** Has the check go on at a batch that begins at the offset or before. */
    void seek(SegmentCheck check, long offset, SegmentScope scope) throws IOException {
        End end = lastEnd;
        if (end.offset == offset) {
            check.startAt(end.position, offset);
        } else {
            indexes.seek(check, offset, scope);
        }
    }

    /** How many bytes of good batches fit, from the one on that the check stands on. */
    private int batchesBytes(SegmentCheck check, int maxBytes) throws IOException {
        long from = check.position();
        long limit = from + maxBytes;
        skipVerified(check, limit);
        long to = check.endPosition();
        while (to < limit && check.nextEndsBy(limit) && check.next() && check.damaged() == null) {
            to = check.endPosition();
        }
        verified = verified.with(new Verified(from, to));
        if (check.damaged() == null) {
            lastEnd = new End(check.expectedOffset(), to);
        }
        return (int) (to - from);
    }

    /** Jumps over what has been verified, as far as an index entry leads. */
    private void skipVerified(SegmentCheck check, long limit) throws IOException {
        Verified known = verified;
        long target = Math.min(limit, known.to);
        if (known.contains(check.position()) && target > check.endPosition()) {
            Optional<OffsetIndex.Entry> entry = indexes.entryAt(target);
            if (entry.isPresent() && entry.get().position() > check.endPosition()) {
                check.startAtBatch(entry.get().position(), entry.get().lastOffset());
            }
        }
    }

    // ---- stepping through

    /**
     * How far good batches were found.
     *
     * @param endOffset behind the last good one
     * @param goodTo the byte behind it
     * @param position where the stepping ended: at a batch beyond the limit, or at the end of the file
     * @param damaged what was met on the way, also behind the last good batch
     */
    record Scan(long endOffset, long goodTo, long position, List<DamagedRange> damaged) {}

    /**
     * Steps through batches, from not behind {@code fromOffset} up to the first one that ends at or behind {@code limit}.
     */
    Scan scan(long fromOffset, long limit, SegmentScope scope) throws IOException {
        List<DamagedRange> damaged = new ArrayList<>();
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            indexes.seek(check, fromOffset, scope);
            long end = check.expectedOffset();
            long goodTo = check.position();
            while (check.next()) {
                DamagedRange found = check.damaged();
                if (found != null) {
                    damaged.add(found);
                } else if (check.lastOffset() >= limit) {
                    break;
                } else {
                    end = check.expectedOffset();
                    goodTo = check.endPosition();
                }
            }
            return new Scan(end, goodTo, check.position(), damaged);
        }
    }

    /** The greatest timestamp of the first good batch; -1 if there is none. */
    long firstTimestampMs(SegmentScope scope) throws IOException {
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            while (check.next()) {
                if (check.damaged() == null) {
                    return RecordBatchHeader.maxTimestampMs(check.header(), 0);
                }
            }
            return RecordBatch.NO_TIMESTAMP;
        }
    }

    /** See {@link Segment#updateProducers}. */
    void updateProducers(ProducerStates states, long limit, SegmentScope scope) throws IOException {
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            seek(check, states.endOffset(), scope);
            while (check.next()) {
                DamagedRange damaged = check.damaged();
                if (damaged != null) {
                    scope.findings().add(damaged);
                } else if (check.lastOffset() >= limit) {
                    return;
                } else if (check.lastOffset() >= states.endOffset()) {
                    states.update(check);
                }
            }
        }
    }

    /** Whether the transaction's marker is here, and where it is said to begin, there is a batch of its producer. */
    boolean confirm(AbortedTransaction transaction, SegmentScope scope) throws IOException {
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            boolean isMarker = stopAt(check, transaction.lastOffset(), scope)
                    && RecordBatchHeader.producerId(check.header(), 0) == transaction.producerId()
                    && isAbort(check);
            return isMarker
                    && (transaction.firstOffset() < scope.bounds().baseOffset() || begins(transaction, check, scope));
        }
    }

    /** Whether the check could be made stand on the batch that holds the offset, or else on the one behind it. */
    private boolean stopAt(SegmentCheck check, long offset, SegmentScope scope) throws IOException {
        indexes.seek(check, offset, scope);
        while (check.next()) {
            if (check.damaged() == null && check.lastOffset() >= offset) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAbort(SegmentCheck check) throws IOException {
        if (!RecordBatchHeader.isControl(check.header(), 0)) {
            return false;
        }
        for (Record marker : MemoryRecords.readableRecords(check.batch()).records()) {
            return ControlRecordType.parse(marker.key()) == ControlRecordType.ABORT;
        }
        return false;
    }

    /** Compaction may have taken the batch. */
    private boolean begins(AbortedTransaction transaction, SegmentCheck check, SegmentScope scope) throws IOException {
        if (!stopAt(check, transaction.firstOffset(), scope)) {
            return false;
        }
        long baseOffset = RecordBatchHeader.baseOffset(check.header(), 0);
        boolean isProducers = RecordBatchHeader.producerId(check.header(), 0) == transaction.producerId()
                && RecordBatchHeader.isTransactional(check.header(), 0);
        return baseOffset > transaction.firstOffset() || (baseOffset == transaction.firstOffset() && isProducers);
    }

    /** See {@link Segment#firstAtOrAfter}. */
    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs, long fromOffset, SegmentScope scope)
            throws IOException {
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = check(buffer, scope);
            indexes.seekTime(check, timestampMs, scope);
            if (check.expectedOffset() < fromOffset) {
                indexes.seek(check, fromOffset, scope);
            }
            while (check.next()) {
                DamagedRange damaged = check.damaged();
                if (damaged != null) {
                    scope.findings().add(damaged);
                    if (damaged.lastOffset() >= fromOffset) {
                        throw new DamagedLogException(scope, damaged);
                    }
                } else if (RecordBatchHeader.maxTimestampMs(check.header(), 0) >= timestampMs
                        && check.lastOffset() >= fromOffset) {
                    Optional<TimestampedOffset> found = TimeSearch.within(check.batch(), timestampMs, fromOffset);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
            return Optional.empty();
        }
    }

    /** The file was cut. */
    void forget() {
        verified = Verified.NONE;
        lastEnd = new End(-1, 0);
    }
}
