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
        boolean compact,
        boolean delete,
        long retentionMs,
        long retentionBytes,
        long fileDeleteDelayMs,
        long flushMessages,
        long flushMs,
        @Nullable Compression compression) {

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
            false,
            true,
            7L * 24 * 3600 * 1000,
            -1,
            60_000,
            1,
            Long.MAX_VALUE,
            null);
}
