package dev.klamm.broker.config;

import dev.klamm.log.Upkeep;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.TopicConfig;

/** What Kafka demands of the broker settings that keep logs in order, beyond the bounds of each; in its words. */
final class UpkeepRules {
    private static final long DEDUPE_BYTES_PER_THREAD = 1 << 20;

    private UpkeepRules() {}

    /** @throws ConfigException if values can't be, or not together */
    static void require(BrokerConfig config) {
        long retentionMs = inherited(config, TopicConfig.RETENTION_MS_CONFIG);
        if (retentionMs == 0) {
            throw new ConfigException("log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
        }
        if (inherited(config, TopicConfig.SEGMENT_MS_CONFIG) < 1) {
            throw new ConfigException("log.roll.ms must be greater than or equal to 1");
        }
        if (inherited(config, TopicConfig.SEGMENT_JITTER_MS_CONFIG) < 0) {
            throw new ConfigException("log.roll.jitter.ms must be greater than or equal to 0");
        }
        Upkeep.Compaction compaction = config.upkeep().compaction();
        if (compaction.threads() < 1) {
            throw new ConfigException("Log cleaner threads should be at least 1");
        }
        if (compaction.dedupeBufferBytes() / compaction.threads() <= DEDUPE_BYTES_PER_THREAD) {
            throw new ConfigException("log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.");
        }
    }

    /** In ms, before the topic setting's own bounds are applied: those would name a setting that nobody has set. */
    private static long inherited(BrokerConfig config, String topicSetting) {
        String value = config.inherited(TopicSettings.required(topicSetting))
                .getFirst()
                .value();
        return Long.parseLong(String.valueOf(value).trim());
    }

    /**
     * The number of threads is changed in small steps while the broker runs.
     *
     * @throws ConfigException if it would be more than doubled, or less than half
     */
    static void requireStep(Upkeep.Compaction from, Upkeep.Compaction to) {
        if (to.threads() < from.threads() / 2) {
            throw new ConfigException(
                    "Log cleaner threads cannot be reduced to less than half the current value " + from.threads());
        }
        if (to.threads() > from.threads() * 2) {
            throw new ConfigException(
                    "Log cleaner threads cannot be increased to more than double the current value " + from.threads());
        }
    }
}
