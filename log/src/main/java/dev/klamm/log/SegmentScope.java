package dev.klamm.log;

import dev.klamm.log.SegmentCheck.Bounds;
import java.io.IOException;

/**
 * What has to be known to look into a segment file: what it may hold, and who is told of damage.
 *
 * @param sizeBytes up to where it is written; taken before the bounds are, which grow before the file does
 * @param indexIntervalBytes for indexes that have to be made anew
 */
record SegmentScope(long sizeBytes, Bounds bounds, int indexIntervalBytes, Findings findings) {

    /** Takes note of damage; the same one may come again and again. */
    interface Findings {
        void add(DamagedRange damaged) throws IOException;
    }
}
