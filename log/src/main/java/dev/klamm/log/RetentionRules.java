package dev.klamm.log;

import java.io.IOException;
import java.util.List;

/**
 * How many of a log's oldest segments have had their time, as Kafka decides it: those below the log start; then, unless
 * the log is only compacted, those beyond its size; then those whose newest record is too old. Pure.
 */
final class RetentionRules {

    /** A segment; the last one of a log is everything up to the log's end. */
    interface Part {
        /** Exclusive. */
        long endOffset();

        long sizeBytes() throws IOException;

        /** The greatest timestamp of a record; if none has one, when the file was last written to. Ms since 1970. */
        long newestMs() throws IOException;
    }

    private final LogConfig.Cleanup cleanup;
    private final long logStartOffset;
    private final long highWatermark;
    private final long nowMs;

    RetentionRules(LogConfig.Cleanup cleanup, long logStartOffset, long highWatermark, long nowMs) {
        this.cleanup = cleanup;
        this.logStartOffset = logStartOffset;
        this.highWatermark = highWatermark;
        this.nowMs = nowMs;
    }

    /** Counts from the first part on. All of them may go if something begins behind them; an empty last one never goes. */
    int countExpired(List<? extends Part> parts) throws IOException {
        int count = 0;
        while (count < parts.size() - 1 && parts.get(count).endOffset() <= logStartOffset) {
            count++;
        }
        if (cleanup.delete()) {
            count += countBeyondSize(parts.subList(count, parts.size()));
            count += countTooOld(parts.subList(count, parts.size()));
        }
        return count;
    }

    private int countBeyondSize(List<? extends Part> parts) throws IOException {
        if (cleanup.retentionBytes() < 0) {
            return 0;
        }
        long excess = -cleanup.retentionBytes();
        for (Part part : parts) {
            excess += part.sizeBytes();
        }
        int count = 0;
        while (count < parts.size()
                && mayGo(parts, count)
                && excess >= parts.get(count).sizeBytes()) {
            excess -= parts.get(count).sizeBytes();
            count++;
        }
        return count;
    }

    private int countTooOld(List<? extends Part> parts) throws IOException {
        if (cleanup.retentionMs() < 0) {
            return 0;
        }
        int count = 0;
        // A timestamp in the future keeps its segment until then, and all behind it.
        while (count < parts.size()
                && mayGo(parts, count)
                && nowMs - parts.get(count).newestMs() > cleanup.retentionMs()) {
            count++;
        }
        return count;
    }

    private boolean mayGo(List<? extends Part> parts, int index) throws IOException {
        boolean isLastAndEmpty = index == parts.size() - 1 && parts.get(index).sizeBytes() == 0;
        return parts.get(index).endOffset() <= highWatermark && !isLastAndEmpty;
    }
}
