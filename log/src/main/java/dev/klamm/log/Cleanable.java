package dev.klamm.log;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of a log could be compacted now.
 *
 * @param allSegments of the log
 * @param segments those that may be compacted, from the first of the log; never the last, which grows
 * @param firstDirtyOffset what lies below was compacted before
 * @param endOffset behind the last of the segments
 * @param dirtyBytes of the segments from the one that holds {@code firstDirtyOffset}
 * @param producers what of them has to stay
 * @param isOverdue whether something is dirty for longer than {@code max.compaction.lag.ms}
 */
record Cleanable(
        PartitionLog log,
        List<Segment> allSegments,
        List<Segment> segments,
        long firstDirtyOffset,
        long endOffset,
        long cleanBytes,
        long dirtyBytes,
        boolean isOverdue,
        ProducerMarks producers) {

    private static final ProducerMarks NOT_KNOWN = new ProducerMarks(Map.of(), 0);

    /** The offsets that bound it. */
    private record Bounds(long logStartOffset, long stableOffset, long logEndOffset) {}

    /**
     * Looks whether the log has to be compacted, by Kafka's rules.
     *
     * @param checkpoint the first offset that was not compacted yet, as far as is known; -1 if it is not
     */
    static Optional<Cleanable> ifDue(PartitionLog log, long checkpoint, long nowMs) throws IOException {
        // If it is not known, no transaction has ended in this run: what is open is told by the producers.
        long stable = log.knownLastStableOffset().orElse(log.highWatermark());
        Bounds bounds = new Bounds(log.logStartOffset(), stable, log.logEndOffset());
        List<Segment> all = log.segments();
        Optional<Cleanable> found = of(log, all, bounds, checkpoint, nowMs).filter(Cleanable::isDue);
        if (found.isEmpty()) {
            return found;
        }
        // Only now: it may take a walk through the log.
        ProducerMarks producers = log.producerMarks();
        Bounds decided = new Bounds(
                bounds.logStartOffset,
                Math.min(bounds.stableOffset, producers.firstUndecidedOffset()),
                bounds.logEndOffset);
        return of(log, all, decided, checkpoint, nowMs).filter(Cleanable::isDue).map(dirty -> dirty.with(producers));
    }

    private Cleanable with(ProducerMarks marks) {
        return new Cleanable(
                log, allSegments, segments, firstDirtyOffset, endOffset, cleanBytes, dirtyBytes, isOverdue, marks);
    }

    private static Optional<Cleanable> of(
            PartitionLog log, List<Segment> all, Bounds bounds, long checkpoint, long nowMs) throws IOException {
        // A checkpoint beyond the end is not of this log, or the log has lost its end: all of it counts as dirty.
        boolean isKnown = checkpoint >= bounds.logStartOffset && checkpoint <= bounds.logEndOffset;
        long firstDirty = isKnown ? checkpoint : bounds.logStartOffset;
        if (all.size() < 2 || firstDirty >= all.getLast().baseOffset()) {
            return Optional.empty();
        }
        LogConfig.Cleanup cleanup = log.config().cleanup();
        int end = firstUncleanable(all, firstDirty, bounds.stableOffset, cleanup, nowMs);
        int dirty = indexOf(all, firstDirty);
        if (end <= dirty) {
            return Optional.empty();
        }
        long endOffset = all.get(end).baseOffset();
        return Optional.of(new Cleanable(
                log,
                all,
                all.subList(0, end),
                firstDirty,
                endOffset,
                // Kafka counts the segment that holds the first dirty offset on both sides.
                sizeBytes(all.subList(0, all.get(dirty).baseOffset() < firstDirty ? dirty + 1 : dirty)),
                sizeBytes(all.subList(dirty, end)),
                isOverdue(all.subList(dirty, all.size() - 1), cleanup, nowMs),
                NOT_KNOWN));
    }

    private static int firstUncleanable(
            List<Segment> all, long firstDirty, long stableOffset, LogConfig.Cleanup cleanup, long nowMs)
            throws IOException {
        int last = Math.min(all.size() - 1, indexOf(all, stableOffset));
        if (cleanup.minCompactionLagMs() > 0) {
            for (int i = indexOf(all, firstDirty); i < last; i++) {
                if (all.get(i).newestMs() > nowMs - cleanup.minCompactionLagMs()) {
                    return i;
                }
            }
        }
        return last;
    }

    private static boolean isOverdue(List<Segment> dirty, LogConfig.Cleanup cleanup, long nowMs) throws IOException {
        long dueBeforeMs = nowMs - cleanup.maxCompactionLagMs();
        for (Segment segment : dirty) {
            long firstMs = segment.firstTimestampMs();
            if (firstMs > 0 && firstMs < dueBeforeMs) {
                return true;
            }
        }
        return false;
    }

    /** The last segment that begins at or below the offset, or the first. */
    private static int indexOf(List<Segment> all, long offset) {
        int index = all.size() - 1;
        while (index > 0 && all.get(index).baseOffset() > offset) {
            index--;
        }
        return index;
    }

    private static long sizeBytes(List<Segment> segments) throws IOException {
        long bytes = 0;
        for (Segment segment : segments) {
            bytes += segment.sizeBytes();
        }
        return bytes;
    }

    /** Which part of what could be compacted is dirty. */
    double dirtyRatio() {
        return (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }

    private boolean isDue() {
        return cleanBytes + dirtyBytes > 0
                && ((isOverdue && dirtyBytes > 0)
                        || dirtyRatio() > log.config().cleanup().minCleanableDirtyRatio());
    }

    /** The segments from the one that holds the first dirty offset. */
    List<Segment> dirtySegments() {
        return segments.subList(indexOf(segments, firstDirtyOffset), segments.size());
    }
}
