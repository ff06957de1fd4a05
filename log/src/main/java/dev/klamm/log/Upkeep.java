package dev.klamm.log;

/**
 * How often all logs are looked through for what may go, and what that may cost. The names are those of Kafka's broker
 * settings. Changed while the logs are open by {@link Logs#reconfigure}.
 *
 * @param initialDelayMs {@code log.initial.task.delay.ms}: from the start to the first look of retention
 * @param retentionCheckIntervalMs {@code log.retention.check.interval.ms}: from the end of one look to the next
 */
public record Upkeep(long initialDelayMs, long retentionCheckIntervalMs, Compaction compaction) {

    /** Kafka's defaults. */
    public static final Upkeep DEFAULT = new Upkeep(30_000, 300_000, Compaction.DEFAULT);

    /**
     * The {@code log.cleaner.*} settings that are not those of single topics. Bytes are those of all threads together.
     *
     * @param isEnabled false: compacted topics only grow
     * @param threads of no effect: one log is compacted at a time
     * @param dedupeBufferBytes memory for the keys that a run has met
     * @param dedupeBufferLoadFactor which part of that is filled, 0 to 1
     * @param ioBufferBytes memory for reading and writing
     * @param ioMaxBytesPerSecond bytes read and written together
     * @param backoffMs how long to wait when there was nothing to compact
     */
    public record Compaction(
            boolean isEnabled,
            int threads,
            long dedupeBufferBytes,
            double dedupeBufferLoadFactor,
            int ioBufferBytes,
            double ioMaxBytesPerSecond,
            long backoffMs) {

        /** Kafka's defaults. */
        public static final Compaction DEFAULT =
                new Compaction(true, 1, 128L << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000);
    }
}
