package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import dev.klamm.log.SegmentCheck.Bounds;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two indexes of a segment. They are believed as far as the log confirms it: an entry counts only if the batch that
 * it names is where it says. If it is not, or if entries are missing, both indexes are made anew from the log; until then
 * what looks for an offset steps through the log from its start.
 */
final class SegmentIndexes {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);

    /** To step over so many bytes of several batches without an entry is a sign that entries are missing. */
    private static final long THIN_BYTES = 1 << 20;

    /** The same, in index intervals, where there are no entries at all. */
    private static final int THIN_INTERVALS = 4;

    /** A disk on which rebuilding does not help is not worth more. */
    private static final int MAX_REBUILDS = 3;

    private final String name;
    private final Storage.File log;
    private final OffsetIndex offsets;
    private final TimeIndex times;

    /** Guards entries against two that write them; a rebuild holds it while it reads the log. Lookups don't take it. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile long sizeBytes;
    private volatile int rebuilds;
    private volatile boolean wasThin;

    /** For the batch at {@code position}: its last offset, and what was the greatest timestamp including it. */
    record Entry(long lastOffset, long position, TimestampedOffset max) {}

    SegmentIndexes(String name, Storage.File log, OffsetIndex offsets, TimeIndex times) throws IOException {
        this.name = name;
        this.log = log;
        this.offsets = offsets;
        this.times = times;
        this.sizeBytes = log.size();
    }

    /** Up to where the log is written, and its batches may be seen, in bytes. */
    long sizeBytes() {
        return sizeBytes;
    }

    /** Adds entries of what was written to the log, which now has {@code newSizeBytes}. */
    void extend(List<Entry> entries, long newSizeBytes) throws IOException {
        lock.lock();
        try {
            for (Entry entry : entries) {
                offsets.add(entry.lastOffset, entry.position);
                times.add(entry.max.timestampMs(), entry.max.offset());
            }
            flush();
            sizeBytes = newSizeBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Whether no more entries fit than those that {@code more} say are to come. */
    boolean areFull(int maxBytes, int more) {
        return offsets.isFull(maxBytes, more) || times.isFull(maxBytes, more);
    }

    /** Completes the time index; returns whether that changed it. */
    boolean seal(TimestampedOffset max) throws IOException {
        lock.lock();
        try {
            boolean added = times.add(max.timestampMs(), max.offset());
            times.flush();
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the batches from {@code endOffset} on, where the log was cut to {@code newSizeBytes}. */
    void cutAt(long endOffset, long newSizeBytes) throws IOException {
        lock.lock();
        try {
            offsets.cutAt(endOffset);
            times.cutAt(endOffset);
            sizeBytes = newSizeBytes;
        } finally {
            lock.unlock();
        }
    }

    // ---- looking up

    /** Has the check go on at a batch that begins at the offset or before. */
    void seek(SegmentCheck check, long offset, SegmentScope scope) throws IOException {
        int seen = rebuilds;
        Optional<OffsetIndex.Entry> entry = offsets.atOrBefore(offset);
        if (entry.isPresent() && !startAt(check, entry.get())) {
            rebuild(seen, scope, "its entry %s names no batch".formatted(entry.get()));
            entry = offsets.atOrBefore(offset);
        }
        if (entry.isEmpty() || !startAt(check, entry.get())) {
            check.startAt(0, scope.bounds().baseOffset());
        }
    }

    private static boolean startAt(SegmentCheck check, OffsetIndex.Entry entry) throws IOException {
        return check.startAtBatch(entry.position(), entry.lastOffset());
    }

    /** The last entry of a batch that begins at this position or before; it is not confirmed. */
    Optional<OffsetIndex.Entry> entryAt(long position) throws IOException {
        return offsets.atOrBeforePosition(position);
    }

    /** Says what was stepped over between where {@link #seek} led and the batch that was wanted. */
    void stepped(long bytes, int batches, SegmentScope scope) throws IOException {
        long usual = offsets.isEmpty() ? (long) THIN_INTERVALS * scope.indexIntervalBytes() : THIN_BYTES;
        if (batches > 2 && bytes > Math.max(usual, THIN_INTERVALS * (long) scope.indexIntervalBytes()) && !wasThin) {
            wasThin = true;
            rebuild(rebuilds, scope, "%d bytes have no entry".formatted(bytes));
        }
    }

    /** Has the check stand on the batch of the last entry that rules out this timestamp up to there, or begin anew. */
    void seekTime(SegmentCheck check, long timestampMs, SegmentScope scope) throws IOException {
        int seen = rebuilds;
        Optional<TimestampedOffset> entry = times.below(timestampMs);
        if (entry.isEmpty() || !standOn(check, entry.get(), scope)) {
            if (entry.isPresent()) {
                rebuild(seen, scope, "its time entry %s names no batch".formatted(entry.get()));
            }
            check.startAt(0, scope.bounds().baseOffset());
        }
    }

    /** Whether the batch that ends with this offset has this timestamp; the check stands on it then. */
    private boolean standOn(SegmentCheck check, TimestampedOffset entry, SegmentScope scope) throws IOException {
        seek(check, entry.offset(), scope);
        while (check.next()) {
            DamagedRange damaged = check.damaged();
            if (damaged != null) {
                scope.findings().add(damaged);
            } else if (check.lastOffset() >= entry.offset()) {
                return check.lastOffset() == entry.offset()
                        && RecordBatchHeader.maxTimestampMs(check.header(), 0) == entry.timestampMs();
            }
        }
        return false;
    }

    /**
     * The greatest timestamp of the segment and the last offset of the first batch that has it; -1 and the base offset if
     * there is none. What the last entry says is confirmed, and what lies behind it is looked at.
     */
    TimestampedOffset max(SegmentScope scope) throws IOException {
        int seen = rebuilds;
        TimestampedOffset none = new TimestampedOffset(-1, scope.bounds().baseOffset());
        Optional<TimestampedOffset> last = times.last();
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = new SegmentCheck(log, scope.bounds(), scope.sizeBytes(), buffer.bytes());
            boolean isRight = last.isPresent() && standOn(check, last.get(), scope);
            if (!isRight) {
                check.startAt(0, scope.bounds().baseOffset());
            }
            long from = check.position();
            TimestampedOffset max = greatest(isRight ? last.get() : none, check, scope);
            boolean isShort = !isRight || (max.offset() != last.get().offset() && check.position() - from > THIN_BYTES);
            if (isShort && max.timestampMs() >= 0 && (last.isPresent() || scope.sizeBytes() > THIN_BYTES)) {
                rebuild(seen, scope, "its time index does not end with %s".formatted(max));
            }
            return max;
        }
    }

    private static TimestampedOffset greatest(TimestampedOffset start, SegmentCheck check, SegmentScope scope)
            throws IOException {
        TimestampedOffset max = start;
        while (check.next()) {
            DamagedRange damaged = check.damaged();
            if (damaged != null) {
                scope.findings().add(damaged);
            } else {
                max = greater(max, check);
            }
        }
        return max;
    }

    private static TimestampedOffset greater(TimestampedOffset max, SegmentCheck check) {
        long timestampMs = RecordBatchHeader.maxTimestampMs(check.header(), 0);
        // A batch that compaction emptied has a timestamp, but no record that has it.
        boolean isGreater = timestampMs > max.timestampMs() && RecordBatchHeader.count(check.header(), 0) > 0;
        return isGreater ? new TimestampedOffset(timestampMs, check.lastOffset()) : max;
    }

    // ---- making them anew

    /** @param seen how often that had been done when the reason showed: another thread may have been faster */
    private void rebuild(int seen, SegmentScope scope, String why) {
        lock.lock();
        try {
            if (rebuilds != seen || rebuilds == MAX_REBUILDS) {
                return;
            }
            rebuilds = seen + 1;
            LOG.warn("{}: {}. Making the indexes of this segment anew.", name, why);
            rebuild(scope);
        } catch (IOException e) {
            LOG.warn("{}: its indexes can't be made anew, reads will be slow: {}", name, e.toString());
        } finally {
            lock.unlock();
        }
    }

    private void rebuild(SegmentScope scope) throws IOException {
        // It may have grown since the scope was taken.
        Bounds bounds =
                scope.sizeBytes() == sizeBytes ? scope.bounds() : scope.bounds().withoutEnd();
        offsets.clear();
        times.clear();
        TimestampedOffset max = new TimestampedOffset(-1, scope.bounds().baseOffset());
        long bytesSinceEntry = 0;
        try (CheckBuffer buffer = CheckBuffer.take()) {
            SegmentCheck check = new SegmentCheck(log, bounds, sizeBytes, buffer.bytes());
            while (check.next()) {
                DamagedRange damaged = check.damaged();
                if (damaged != null) {
                    scope.findings().add(damaged);
                } else {
                    max = greater(max, check);
                    if (bytesSinceEntry > scope.indexIntervalBytes()) {
                        offsets.add(check.lastOffset(), check.position());
                        times.add(max.timestampMs(), max.offset());
                        bytesSinceEntry = 0;
                    }
                }
                bytesSinceEntry += check.endPosition() - check.position();
            }
        }
        times.add(max.timestampMs(), max.offset());
        flush();
    }

    Storage.File offsetFile() {
        return offsets.file();
    }

    Storage.File timeFile() {
        return times.file();
    }

    long offsetIndexBytes() {
        return offsets.sizeBytes();
    }

    long timeIndexBytes() {
        return times.sizeBytes();
    }

    private void flush() throws IOException {
        offsets.flush();
        times.flush();
    }

    void sync() throws IOException {
        lock.lock();
        try {
            offsets.sync();
            times.sync();
        } finally {
            lock.unlock();
        }
    }

    void close() throws IOException {
        offsets.close();
        times.close();
    }
}
