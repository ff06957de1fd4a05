package dev.klamm.log;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one log, already resolved from topic and broker settings. The names and meanings are those of Kafka's
 * topic settings; -1 means no limit where Kafka says so.
 *
 * @param compression what every batch is recompressed to, or null to keep the producer's ({@code compression.type=producer})
 * @param flushMessages {@code flush.messages}: 1 makes records visible once they are on disk; {@link Long#MAX_VALUE} makes
 *     them visible at once and leaves the sync to a later round, which is what Kafka does
 */
public record LogConfig(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        int maxMessageBytes,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        Cleanup cleanup,
        long fileDeleteDelayMs,
        long flushMessages,
        long flushMs,
        @Nullable Compression compression) {

    /**
     * What of a log is given up, and when. Ages are counted from the records' timestamps.
     *
     * @param compact whether older records go when their key has a newer one
     * @param delete whether segments go when they are too old or the log is too large
     * @param retentionMs greatest age of a segment's newest record; -1 is no limit
     * @param retentionBytes greatest size of the log; -1 is no limit
     * @param deleteRetentionMs how long a compacted log keeps tombstones, from the first compaction that met them
     * @param minCleanableDirtyRatio which part of a log, 0 to 1, has to be new since its last compaction for the next one
     * @param minCompactionLagMs younger records are not compacted
     * @param maxCompactionLagMs older ones are, whatever the ratio
     */
    public record Cleanup(
            boolean compact,
            boolean delete,
            long retentionMs,
            long retentionBytes,
            long deleteRetentionMs,
            double minCleanableDirtyRatio,
            long minCompactionLagMs,
            long maxCompactionLagMs) {

        public static final Cleanup DEFAULT =
                new Cleanup(false, true, 7L * 24 * 3600 * 1000, -1, 24L * 3600 * 1000, 0.5, 0, Long.MAX_VALUE);

        /** All is kept for ever. */
        public static final Cleanup NONE =
                new Cleanup(false, false, -1, -1, DEFAULT.deleteRetentionMs, 0.5, 0, Long.MAX_VALUE);

        /** The latest record of each key is kept for ever, with Kafka's defaults for the rest. */
        public static final Cleanup COMPACT =
                new Cleanup(true, false, -1, -1, DEFAULT.deleteRetentionMs, 0.5, 0, Long.MAX_VALUE);
    }

    /** Kafka's defaults, except for flush.messages: 1 here. */
    public static final LogConfig DEFAULT = new LogConfig(
            1 << 30,
            7L * 24 * 3600 * 1000,
            0,
            10 << 20,
            4096,
            1024 * 1024 + 12,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            3600_000,
            Cleanup.DEFAULT,
            60_000,
            1,
            Long.MAX_VALUE,
            null);

    /**
     * How much older than a segment's first batch another may be and still go there, in ms. Younger where the log is to be
     * compacted sooner, since only what is behind the last roll is.
     *
     * @param jitter random and not negative, the same for all of a segment's life: segments that were begun together
     *     shall not all end together
     */
    long segmentAgeMs(int jitter) {
        long ageMs = cleanup.compact ? Math.min(cleanup.maxCompactionLagMs, segmentMs) : segmentMs;
        return segmentJitterMs == 0 ? ageMs : ageMs - jitter % Math.min(segmentJitterMs, segmentMs);
    }

    public LogConfig withCleanup(Cleanup other) {
        return new LogConfig(
                segmentBytes,
                segmentMs,
                segmentJitterMs,
                segmentIndexBytes,
                indexIntervalBytes,
                maxMessageBytes,
                timestampType,
                timestampBeforeMaxMs,
                timestampAfterMaxMs,
                other,
                fileDeleteDelayMs,
                flushMessages,
                flushMs,
                compression);
    }
}
