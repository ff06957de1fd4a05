package dev.klamm.log;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where a log ends in its segment files when it is opened, and cuts off what was never synced. What was synced
 * is never cut: if it is damaged or missing it is reported, and the log goes on behind it in a new segment.
 */
final class LogEnd {
    private static final Logger LOG = LoggerFactory.getLogger(LogEnd.class);

    private final LogId id;
    private final Segments segments;
    private final Segment.Owner owner;

    /**
     * The end of the log.
     *
     * @param needsSegment whether the last segment must not be appended to
     */
    record Found(long endOffset, boolean needsSegment) {}

    LogEnd(LogId id, Segments segments, Segment.Owner owner) {
        this.id = id;
        this.segments = segments;
        this.owner = owner;
    }

    /**
     * After a stop at which everything was in the segments and synced. Of the last segment, only what follows the last
     * index entry is looked at.
     *
     * @param synced where the log ended then; if it is not known, what the damaged header itself says has to do
     */
    Found afterSync(OptionalLong synced) throws IOException {
        Segment last = segments.last();
        SegmentReads.Scan scan = last.scan(Long.MAX_VALUE, Long.MAX_VALUE);
        DamagedRange torn = report(scan, last, Long.MAX_VALUE);
        long end = scan.endOffset();
        if (torn != null && synced.isPresent() && synced.getAsLong() == end) {
            LOG.warn("{}: cutting {} bytes behind the end of {}", last, last.sizeBytes() - scan.goodTo(), id);
            last.cut(scan.goodTo(), end);
            return new Found(end, false);
        }
        long claimed = torn == null ? end : Math.max(torn.lastOffset() + 1, end);
        long wanted = Math.max(claimed, synced.orElse(claimed));
        if (wanted > end) {
            report(last, torn, end, wanted - 1);
        }
        return new Found(wanted, torn != null || wanted > end);
    }

    /** @param torn what the file ends with; null if it ends with a good batch, too early */
    private void report(Segment segment, @Nullable DamagedRange torn, long firstOffset, long lastOffset)
            throws IOException {
        long size = segment.sizeBytes();
        DamagedRange where = torn == null
                ? new DamagedRange(firstOffset, lastOffset, size, size, "the file ends at byte " + size)
                : torn;
        owner.found(segment, where.between(firstOffset, lastOffset));
    }

    /** Reports the damage below {@code limit}, but for the one that the file ends with; returns that. */
    private @Nullable DamagedRange report(SegmentReads.Scan scan, Segment segment, long limit) throws IOException {
        List<DamagedRange> damaged = scan.damaged();
        DamagedRange torn = damaged.isEmpty() || damaged.getLast().to() < scan.position() ? null : damaged.getLast();
        for (DamagedRange each : damaged) {
            if (!each.equals(torn)) {
                report(segment, each, each.firstOffset(), Math.min(each.lastOffset(), limit - 1));
            }
        }
        return torn;
    }

    /**
     * After a stop that was none: what lies behind {@code synced} is cut, good or not, since the journal has all of it that
     * counts.
     *
     * @param synced the base offset of the first batch that the journal has: segments below it were synced
     * @param compactedTo below it, compaction may have taken the last batches out: also of a last segment that is open since
     *     another recovery, which then died
     */
    Found beforeReplay(long synced, long compactedTo) throws IOException {
        boolean lastIsOpen = segments.last().baseOffset() < synced && compactedTo < synced;
        segments.deleteFrom(synced);
        return segments.isEmpty() ? new Found(synced, false) : cutAt(synced, lastIsOpen);
    }

    /** @param lastIsOpen whether the last segment was not compacted, so that it must go up to that offset */
    private Found cutAt(long synced, boolean lastIsOpen) throws IOException {
        Segment last = segments.last();
        SegmentReads.Scan scan = last.scan(synced - 1, synced);
        DamagedRange torn = report(scan, last, synced);
        long end = scan.endOffset();
        boolean isWhole = end >= synced || (torn == null && !lastIsOpen);
        if (!isWhole) {
            report(last, torn, end, synced - 1);
        }
        long cutAt = isWhole ? scan.goodTo() : scan.position();
        if (cutAt < last.sizeBytes()) {
            last.cut(cutAt, synced);
        }
        return new Found(synced, !isWhole);
    }

    /**
     * In a directory of Apache Kafka's that was not stopped cleanly: the first bad batch behind {@code synced} and all that
     * follows it is torn, and is cut.
     *
     * @param synced the recovery point; if it is not known, the last segment may be torn anywhere
     */
    Found afterCrashOfKafka(OptionalLong synced) throws IOException {
        long from = synced.orElse(segments.last().baseOffset());
        for (Segment segment : segments.from(from)) {
            SegmentReads.Scan scan = segment.scan(from, Long.MAX_VALUE);
            segment.transactions().distrust();
            for (DamagedRange each : scan.damaged()) {
                if (each.firstOffset() >= from) {
                    LOG.warn(
                            "{} was cut at byte {}: offset {} and what followed is torn: {}",
                            segment,
                            each.from(),
                            each.firstOffset(),
                            each.what());
                    segment.cut(each.from(), each.firstOffset());
                    segments.deleteFrom(Math.max(each.firstOffset(), segment.baseOffset() + 1));
                    return new Found(each.firstOffset(), false);
                }
                report(segment, each, each.firstOffset(), Math.min(each.lastOffset(), from - 1));
            }
        }
        return afterSync(synced);
    }
}
