package dev.klamm.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which segments a compaction puts together into one, so that they do not become ever smaller: neighbours that fit by the
 * sizes they have now, as Kafka groups them.
 */
final class SegmentGroups {
    private final LogConfig config;
    private final List<Damage> damages;
    private final List<List<Segment>> groups = new ArrayList<>();
    private List<Segment> group = List.of();
    private long logBytes;
    private long offsetIndexBytes;
    private long timeIndexBytes;

    private SegmentGroups(LogConfig config, List<Damage> damages) {
        this.config = config;
        this.damages = damages;
    }

    /**
     * @param endOffset behind the last offset of the last segment
     * @param damages what is known of this log: one read must not pass from before a hole to behind it
     */
    static List<List<Segment>> of(List<Segment> segments, long endOffset, LogConfig config, List<Damage> damages)
            throws IOException {
        SegmentGroups made = new SegmentGroups(config, damages);
        for (int i = 0; i < segments.size(); i++) {
            long end = i + 1 < segments.size() ? segments.get(i + 1).baseOffset() : endOffset;
            made.add(segments.get(i), end);
        }
        return made.groups;
    }

    private void add(Segment segment, long endOffset) throws IOException {
        if (group.isEmpty() || isBehindHole(segment) || !fits(segment, endOffset)) {
            group = new ArrayList<>();
            groups.add(group);
            logBytes = 0;
            offsetIndexBytes = 0;
            timeIndexBytes = 0;
        }
        group.add(segment);
        logBytes += segment.sizeBytes();
        offsetIndexBytes += segment.offsetIndexBytes();
        timeIndexBytes += segment.timeIndexBytes();
    }

    private boolean isBehindHole(Segment segment) {
        return damages.stream()
                .anyMatch(damage -> damage.firstOffset() < segment.baseOffset()
                        && damage.lastOffset() >= group.getFirst().baseOffset());
    }

    private boolean fits(Segment segment, long endOffset) throws IOException {
        // An empty one has no offset that an index would have to hold.
        boolean offsetsFit =
                segment.sizeBytes() == 0 || endOffset - 1 - group.getFirst().baseOffset() <= Integer.MAX_VALUE;
        return offsetsFit
                && logBytes + segment.sizeBytes() <= config.segmentBytes()
                && offsetIndexBytes + segment.offsetIndexBytes() <= config.segmentIndexBytes()
                && timeIndexBytes + segment.timeIndexBytes() <= config.segmentIndexBytes();
    }
}
