package dev.klamm.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.DOUBLE;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;
import static org.apache.kafka.common.config.TopicConfig.*;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/**
 * Every topic setting of Apache Kafka 4.3, with Kafka's types, bounds and texts.
 *
 * <p>Differs from Kafka: {@code flush.messages} is 1 by default, so that a record is visible and acknowledged once it is on
 * disk.
 */
public final class TopicSettings {
    private static final TreeMap<String, Setting> BY_NAME = new TreeMap<>();

    static {
        // Klamm does what they say.
        define(SEGMENT_BYTES_CONFIG, INT, "1073741824", atLeast(1 << 20), SEGMENT_BYTES_DOC, "log.segment.bytes");
        define(SEGMENT_MS_CONFIG, LONG, "604800000", atLeast(1), SEGMENT_MS_DOC, "log.roll.ms", "log.roll.hours");
        define(
                SEGMENT_JITTER_MS_CONFIG,
                LONG,
                "0",
                atLeast(0),
                SEGMENT_JITTER_MS_DOC,
                "log.roll.jitter.ms",
                "log.roll.jitter.hours");
        define(
                FLUSH_MESSAGES_INTERVAL_CONFIG,
                LONG,
                "1",
                atLeast(1),
                FLUSH_MESSAGES_INTERVAL_DOC,
                "log.flush.interval.messages");
        define(MAX_MESSAGE_BYTES_CONFIG, INT, "1048588", atLeast(0), MAX_MESSAGE_BYTES_DOC, "message.max.bytes");
        define(
                INDEX_INTERVAL_BYTES_CONFIG,
                INT,
                "4096",
                atLeast(0),
                INDEX_INTERVAL_BYTES_DOC,
                "log.index.interval.bytes");
        define(
                FILE_DELETE_DELAY_MS_CONFIG,
                LONG,
                "60000",
                atLeast(0),
                FILE_DELETE_DELAY_MS_DOC,
                "log.segment.delete.delay.ms");
        define(
                CLEANUP_POLICY_CONFIG,
                LIST,
                "delete",
                ValidList.in(CLEANUP_POLICY_COMPACT, CLEANUP_POLICY_DELETE),
                CLEANUP_POLICY_DOC,
                "log.cleanup.policy");
        define(
                COMPRESSION_TYPE_CONFIG,
                STRING,
                "producer",
                ValidString.in("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                COMPRESSION_TYPE_DOC,
                "compression.type");
        define(
                COMPRESSION_GZIP_LEVEL_CONFIG,
                INT,
                "-1",
                CompressionType.GZIP.levelValidator(),
                COMPRESSION_GZIP_LEVEL_DOC,
                "compression.gzip.level");
        define(
                COMPRESSION_LZ4_LEVEL_CONFIG,
                INT,
                "9",
                CompressionType.LZ4.levelValidator(),
                COMPRESSION_LZ4_LEVEL_DOC,
                "compression.lz4.level");
        define(
                COMPRESSION_ZSTD_LEVEL_CONFIG,
                INT,
                "3",
                CompressionType.ZSTD.levelValidator(),
                COMPRESSION_ZSTD_LEVEL_DOC,
                "compression.zstd.level");
        define(
                MESSAGE_TIMESTAMP_TYPE_CONFIG,
                STRING,
                "CreateTime",
                ValidString.in("CreateTime", "LogAppendTime"),
                MESSAGE_TIMESTAMP_TYPE_DOC,
                "log.message.timestamp.type");
        define(
                MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
                LONG,
                "9223372036854775807",
                atLeast(0),
                MESSAGE_TIMESTAMP_BEFORE_MAX_MS_DOC,
                "log.message.timestamp.before.max.ms");
        define(
                MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG,
                LONG,
                "3600000",
                atLeast(0),
                MESSAGE_TIMESTAMP_AFTER_MAX_MS_DOC,
                "log.message.timestamp.after.max.ms");
        define(
                SEGMENT_INDEX_BYTES_CONFIG,
                INT,
                "10485760",
                atLeast(4),
                SEGMENT_INDEX_BYTES_DOC,
                "log.index.size.max.bytes");
        define(
                FLUSH_MS_CONFIG,
                LONG,
                "9223372036854775807",
                atLeast(0),
                FLUSH_MS_DOC,
                "log.flush.interval.ms",
                "log.flush.scheduler.interval.ms");
        define(RETENTION_BYTES_CONFIG, LONG, "-1", null, RETENTION_BYTES_DOC, "log.retention.bytes");
        define(
                RETENTION_MS_CONFIG,
                LONG,
                "604800000",
                atLeast(-1),
                RETENTION_MS_DOC,
                "log.retention.ms",
                "log.retention.minutes",
                "log.retention.hours");
        define(
                DELETE_RETENTION_MS_CONFIG,
                LONG,
                "86400000",
                atLeast(0),
                DELETE_RETENTION_MS_DOC,
                "log.cleaner.delete.retention.ms");
        define(
                MIN_COMPACTION_LAG_MS_CONFIG,
                LONG,
                "0",
                atLeast(0),
                MIN_COMPACTION_LAG_MS_DOC,
                "log.cleaner.min.compaction.lag.ms");
        define(
                MAX_COMPACTION_LAG_MS_CONFIG,
                LONG,
                "9223372036854775807",
                atLeast(1),
                MAX_COMPACTION_LAG_MS_DOC,
                "log.cleaner.max.compaction.lag.ms");
        define(
                MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                DOUBLE,
                "0.5",
                between(0, 1),
                MIN_CLEANABLE_DIRTY_RATIO_DOC,
                "log.cleaner.min.cleanable.ratio");
        // Kept and described, for an Apache Kafka that takes the directory over. (With one replica, min.insync.replicas
        // refuses nothing there either.)
        leaveAside(MIN_IN_SYNC_REPLICAS_CONFIG, INT, "1", atLeast(1), MIN_IN_SYNC_REPLICAS_DOC, "min.insync.replicas");
        leaveAside(
                UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                BOOLEAN,
                "false",
                null,
                UNCLEAN_LEADER_ELECTION_ENABLE_DOC,
                "unclean.leader.election.enable");
        leaveAside(PREALLOCATE_CONFIG, BOOLEAN, "false", null, PREALLOCATE_DOC, "log.preallocate");
        leaveAside(
                "leader.replication.throttled.replicas",
                LIST,
                "",
                TopicSettings::requireReplicas,
                "Replicas whose replication is slowed down on the leader's side: PARTITION:BROKER, separated by"
                        + " commas, or *.");
        leaveAside(
                "follower.replication.throttled.replicas",
                LIST,
                "",
                TopicSettings::requireReplicas,
                "Replicas whose replication is slowed down on the follower's side: PARTITION:BROKER, separated by"
                        + " commas, or *.");
        leaveAside(REMOTE_LOG_STORAGE_ENABLE_CONFIG, BOOLEAN, "false", null, REMOTE_LOG_STORAGE_ENABLE_DOC);
        leaveAside(
                LOCAL_LOG_RETENTION_MS_CONFIG,
                LONG,
                "-2",
                atLeast(-2),
                LOCAL_LOG_RETENTION_MS_DOC,
                "log.local.retention.ms");
        leaveAside(
                LOCAL_LOG_RETENTION_BYTES_CONFIG,
                LONG,
                "-2",
                atLeast(-2),
                LOCAL_LOG_RETENTION_BYTES_DOC,
                "log.local.retention.bytes");
        leaveAside(REMOTE_LOG_COPY_DISABLE_CONFIG, BOOLEAN, "false", null, REMOTE_LOG_COPY_DISABLE_DOC);
        leaveAside(REMOTE_LOG_DELETE_ON_DISABLE_CONFIG, BOOLEAN, "false", null, REMOTE_LOG_DELETE_ON_DISABLE_DOC);
    }

    private TopicSettings() {}

    /** Sorted by name. */
    public static Collection<Setting> all() {
        return Collections.unmodifiableCollection(BY_NAME.values());
    }

    public static Optional<Setting> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * Checks all the settings of a topic together.
     *
     * @throws InvalidConfigurationException an unknown name, or values that contradict one another
     * @throws ConfigException a value that is none
     */
    public static void validate(Map<String, String> overrides, BrokerConfig broker) {
        for (String name : overrides.keySet()) {
            if (!BY_NAME.containsKey(name)) {
                throw new InvalidConfigurationException("Unknown topic config name: " + name);
            }
        }
        overrides.forEach((name, value) -> required(name).parse(value));
        var values = new TopicValues(overrides, broker);
        requireLagsInOrder(
                values.longNumber(MIN_COMPACTION_LAG_MS_CONFIG), values.longNumber(MAX_COMPACTION_LAG_MS_CONFIG));
        if (values.flag(REMOTE_LOG_STORAGE_ENABLE_CONFIG)) {
            throw new ConfigException("Tiered Storage functionality is disabled in the broker. "
                    + "Topic cannot be configured with remote log storage.");
        }
    }

    private static void requireLagsInOrder(long minMs, long maxMs) {
        if (minMs > maxMs) {
            throw new InvalidConfigurationException("conflict topic config setting " + MIN_COMPACTION_LAG_MS_CONFIG
                    + " (" + minMs + ") > " + MAX_COMPACTION_LAG_MS_CONFIG + " (" + maxMs + ")");
        }
    }

    static Setting required(String name) {
        Setting setting = BY_NAME.get(name);
        if (setting == null) {
            throw new IllegalArgumentException(name);
        }
        return setting;
    }

    private static void requireReplicas(String name, @Nullable Object value) {
        List<?> replicas = value instanceof List<?> list ? list : List.of();
        boolean all = replicas.size() == 1 && "*".equals(replicas.getFirst());
        if (!all
                && !replicas.stream()
                        .allMatch(replica -> String.valueOf(replica).trim().matches("([0-9]+:[0-9]+)?"))) {
            throw new ConfigException(
                    name,
                    value,
                    name + " must be the literal '*' or a list of replicas in the following "
                            + "format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
        }
    }

    private static void define(
            String name,
            ConfigDef.Type type,
            String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            String documentation,
            String... synonyms) {
        put(name, type, defaultValue, allowed, true, documentation, synonyms);
    }

    private static void leaveAside(
            String name,
            ConfigDef.Type type,
            String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            String documentation,
            String... synonyms) {
        put(name, type, defaultValue, allowed, false, documentation, synonyms);
    }

    private static void put(
            String name,
            ConfigDef.Type type,
            String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            boolean honoured,
            String documentation,
            String... synonyms) {
        BY_NAME.put(name, Setting.clusterWide(name, type, defaultValue, allowed, honoured, documentation, synonyms));
    }
}
