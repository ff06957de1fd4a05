package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.util.List;
import java.util.Optional;

/**
 * A search by timestamp through all of a log: its segments first, then what is not yet in them.
 *
 * @param newest taken before the segments are looked at, so that what moves meanwhile is in one of the two
 * @param fromOffset records below it do not count
 */
record TimeSearch(LogReads files, List<Tail.Piece> newest, long fromOffset) {

    /** The first record with this timestamp or a later one. */
    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs) {
        Optional<TimestampedOffset> found = files.firstAtOrAfter(timestampMs, fromOffset);
        for (int i = 0; i < newest.size() && found.isEmpty(); i++) {
            if (newest.get(i).maxTimestampMs() >= timestampMs) {
                found = Segment.firstAtOrAfter(newest.get(i).batches(), timestampMs, fromOffset);
            }
        }
        return found;
    }

    /** The record with the greatest timestamp (the first of several). */
    Optional<TimestampedOffset> maxTimestamp() {
        Optional<TimestampedOffset> max = files.maxTimestamp(fromOffset);
        for (Tail.Piece piece : newest) {
            if (piece.maxTimestampMs() > max.map(TimestampedOffset::timestampMs).orElse(-1L)) {
                max = Segment.firstAtOrAfter(piece.batches(), piece.maxTimestampMs(), fromOffset);
            }
        }
        return max;
    }
}
