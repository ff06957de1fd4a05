package dev.klamm.log;

import java.io.IOException;

/** What was asked for may lie in damaged batches, so that there is no answer. */
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedLogException(SegmentScope scope, DamagedRange damaged) {
        super("offsets %d to %d are damaged in %s"
                .formatted(
                        damaged.firstOffset(),
                        damaged.lastOffset(),
                        Segment.fileName(scope.bounds().baseOffset(), ".log")));
    }
}
