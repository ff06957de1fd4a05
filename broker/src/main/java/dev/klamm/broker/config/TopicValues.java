package dev.klamm.broker.config;

import dev.klamm.log.LogConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one topic: its own where it has some, else the broker's.
 *
 * @param overrides the topic's own, by Kafka's names
 */
public record TopicValues(Map<String, String> overrides, BrokerConfig broker) {

    /** What the log needs to know. */
    public LogConfig toLogConfig() {
        return new LogConfig(
                number(TopicConfig.SEGMENT_BYTES_CONFIG),
                longNumber(TopicConfig.SEGMENT_MS_CONFIG),
                longNumber(TopicConfig.SEGMENT_JITTER_MS_CONFIG),
                number(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG),
                number(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG),
                number(TopicConfig.MAX_MESSAGE_BYTES_CONFIG),
                TimestampType.forName(text(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)),
                longNumber(TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG),
                longNumber(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG),
                cleanup(),
                longNumber(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG),
                longNumber(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG),
                longNumber(TopicConfig.FLUSH_MS_CONFIG),
                compression());
    }

    private LogConfig.Cleanup cleanup() {
        List<String> policy = texts(TopicConfig.CLEANUP_POLICY_CONFIG);
        return new LogConfig.Cleanup(
                policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT),
                policy.contains(TopicConfig.CLEANUP_POLICY_DELETE),
                longNumber(TopicConfig.RETENTION_MS_CONFIG),
                longNumber(TopicConfig.RETENTION_BYTES_CONFIG),
                longNumber(TopicConfig.DELETE_RETENTION_MS_CONFIG),
                (Double) parsed(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG),
                longNumber(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG),
                longNumber(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG));
    }

    private @Nullable Compression compression() {
        return switch (text(TopicConfig.COMPRESSION_TYPE_CONFIG)) {
            case "gzip" ->
                Compression.gzip()
                        .level(number(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG))
                        .build();
            case "lz4" ->
                Compression.lz4()
                        .level(number(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG))
                        .build();
            case "zstd" ->
                Compression.zstd()
                        .level(number(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG))
                        .build();
            case "snappy" -> Compression.snappy().build();
            case "uncompressed" -> Compression.NONE;
            default -> null;
        };
    }

    int number(String name) {
        return (Integer) parsed(name);
    }

    long longNumber(String name) {
        return (Long) parsed(name);
    }

    boolean flag(String name) {
        return (Boolean) parsed(name);
    }

    private String text(String name) {
        return (String) parsed(name);
    }

    private List<String> texts(String name) {
        var texts = new ArrayList<String>();
        for (Object element : (List<?>) parsed(name)) {
            texts.add((String) element);
        }
        return texts;
    }

    private Object parsed(String name) {
        Setting setting = TopicSettings.required(name);
        return Objects.requireNonNull(
                setting.parse(broker.effective(setting, overrides).value()));
    }
}
