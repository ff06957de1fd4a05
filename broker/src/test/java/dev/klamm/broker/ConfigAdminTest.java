package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Settings through kafka-clients' own Admin. */
class ConfigAdminTest {
    private static final ConfigResource RIDES = new ConfigResource(ConfigResource.Type.TOPIC, "rides");
    private static final ConfigResource BROKER = new ConfigResource(ConfigResource.Type.BROKER, "1");
    private static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("log.retention.hours", "2", "num.io.threads", "4");

    private Admin admin;

    @BeforeEach
    void connect() throws Exception {
        admin = broker.admin();
        admin.createTopics(List.of(new NewTopic("rides", 1, (short) 1))).all().get();
    }

    private Config describe(ConfigResource resource) throws Exception {
        var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        return Objects.requireNonNull(
                admin.describeConfigs(List.of(resource), options).all().get().get(resource));
    }

    private void alter(ConfigResource resource, OpType operation, String name, String value) throws Exception {
        var change = new AlterConfigOp(new ConfigEntry(name, value), operation);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    }

    private void assertRefused(
            ConfigResource resource, String name, String value, Class<? extends Exception> error, String message) {
        assertThatThrownBy(() -> alter(resource, OpType.SET, name, value))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(error)
                .hasMessageContaining(message);
    }

    /** The names in kafka-clients' public class, and the two that stand elsewhere in Kafka. */
    static Stream<String> namesOfKafka() {
        var names = new ArrayList<>(
                List.of("leader.replication.throttled.replicas", "follower.replication.throttled.replicas"));
        Arrays.stream(TopicConfig.class.getFields())
                .filter(field -> field.getName().endsWith("_CONFIG"))
                .forEach(field -> {
                    try {
                        names.add((String) field.get(null));
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    }
                });
        // No broker since 4.0 has them, kafka-clients alone kept the names.
        names.removeAll(List.of("message.format.version", "message.downconversion.enable"));
        names.removeAll(List.of("errors.deadletterqueue.group.enable"));
        return names.stream();
    }

    @Test
    void everyTopicSettingOfKafkaIsDescribed() throws Exception {
        Config config = describe(RIDES);

        assertThat(namesOfKafka()).allSatisfy(name -> {
            assertThat(config.get(name)).as(name).isNotNull();
            assertThat(config.get(name).type()).isNotEqualTo(ConfigEntry.ConfigType.UNKNOWN);
            assertThat(config.get(name).documentation()).isNotBlank();
        });
    }

    /** Every one of them, with a value that is not its default where it can have another. */
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("cleanup.policy", "compact,delete"),
            Map.entry("compression.gzip.level", "3"),
            Map.entry("compression.lz4.level", "12"),
            Map.entry("compression.type", "zstd"),
            Map.entry("compression.zstd.level", "-5"),
            Map.entry("delete.retention.ms", "1000"),
            Map.entry("file.delete.delay.ms", "2000"),
            Map.entry("flush.messages", "10000"),
            Map.entry("flush.ms", "1000"),
            Map.entry("follower.replication.throttled.replicas", "0:1"),
            Map.entry("index.interval.bytes", "1024"),
            Map.entry("leader.replication.throttled.replicas", "*"),
            Map.entry("local.retention.bytes", "-1"),
            Map.entry("local.retention.ms", "-1"),
            Map.entry("max.compaction.lag.ms", "5000"),
            Map.entry("max.message.bytes", "2000000"),
            Map.entry("message.timestamp.after.max.ms", "1000"),
            Map.entry("message.timestamp.before.max.ms", "1000"),
            Map.entry("message.timestamp.type", "LogAppendTime"),
            Map.entry("min.cleanable.dirty.ratio", "0.25"),
            Map.entry("min.compaction.lag.ms", "100"),
            Map.entry("min.insync.replicas", "1"),
            Map.entry("preallocate", "true"),
            Map.entry("remote.log.copy.disable", "true"),
            Map.entry("remote.log.delete.on.disable", "true"),
            Map.entry("remote.storage.enable", "false"),
            Map.entry("retention.bytes", "1000000"),
            Map.entry("retention.ms", "-1"),
            Map.entry("segment.bytes", "1048576"),
            Map.entry("segment.index.bytes", "4096"),
            Map.entry("segment.jitter.ms", "10"),
            Map.entry("segment.ms", "60000"),
            Map.entry("unclean.leader.election.enable", "true"));

    private void alterAll(OpType operation) throws Exception {
        List<AlterConfigOp> changes = VALUES.entrySet().stream()
                .map(entry -> new AlterConfigOp(new ConfigEntry(entry.getKey(), entry.getValue()), operation))
                .toList();
        admin.incrementalAlterConfigs(Map.of(RIDES, changes)).all().get();
    }

    @Test
    void everyTopicSettingIsKeptAcrossARestartUntilItIsDeleted() throws Exception {
        alterAll(OpType.SET);
        broker.restart();

        Config config = describe(RIDES);
        assertThat(config.entries()).hasSameSizeAs(VALUES.keySet()).allSatisfy(entry -> {
            assertThat(entry.value()).as(entry.name()).isEqualTo(VALUES.get(entry.name()));
            assertThat(entry.source()).isEqualTo(ConfigSource.DYNAMIC_TOPIC_CONFIG);
        });

        alterAll(OpType.DELETE);

        assertThat(describe(RIDES).entries()).noneMatch(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG);
    }

    @Test
    void aSettingSaysWhereItsValueComesFrom() throws Exception {
        ConfigEntry retention = describe(RIDES).get("retention.ms");

        assertThat(retention.value()).isEqualTo("7200000");
        assertThat(retention.source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
        assertThat(retention.synonyms())
                .extracting(synonym -> synonym.name() + "=" + synonym.value() + " " + synonym.source())
                .containsExactly(
                        "log.retention.hours=2 STATIC_BROKER_CONFIG", "log.retention.hours=168 DEFAULT_CONFIG");
    }

    @Test
    void elementsAreAddedToAListAndTakenAway() throws Exception {
        alter(RIDES, OpType.APPEND, "cleanup.policy", "compact");
        assertThat(describe(RIDES).get("cleanup.policy").value()).isEqualTo("delete,compact");

        alter(RIDES, OpType.SUBTRACT, "cleanup.policy", "delete");

        assertThat(describe(RIDES).get("cleanup.policy").value()).isEqualTo("compact");
        assertThatThrownBy(() -> alter(RIDES, OpType.APPEND, "retention.ms", "1"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("Can't APPEND to key retention.ms because its type is not LIST.");
    }

    @Test
    void whatATopicSettingCannotBeIsRefusedInKafkasWords() {
        assertRefused(
                RIDES,
                "retention.ms",
                "soon",
                InvalidConfigurationException.class,
                "Invalid value soon for configuration retention.ms: Not a number of type LONG");
        assertRefused(
                RIDES,
                "segment.bytes",
                "14",
                InvalidConfigurationException.class,
                "Invalid value 14 for configuration segment.bytes: Value must be at least 1048576");
        assertRefused(
                RIDES, "colour", "blue", InvalidConfigurationException.class, "Unknown topic config name: colour");
        assertRefused(
                new ConfigResource(ConfigResource.Type.TOPIC, "absent"),
                "retention.ms",
                "1",
                UnknownTopicOrPartitionException.class,
                "The topic 'absent' does not exist.");
    }

    @Test
    void aDefaultChangesWhileTheBrokerRunsAndStays() throws Exception {
        alter(ALL_BROKERS, OpType.SET, "message.max.bytes", "5000");
        alter(BROKER, OpType.SET, "log.retention.ms", "1000");

        broker.restart();

        ConfigEntry size = describe(RIDES).get("max.message.bytes");
        assertThat(size.value()).isEqualTo("5000");
        assertThat(size.source()).isEqualTo(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertThat(describe(RIDES).get("retention.ms").source()).isEqualTo(ConfigSource.DYNAMIC_BROKER_CONFIG);
        assertThat(describe(BROKER).get("log.retention.ms").value()).isEqualTo("1000");
        assertThat(describe(ALL_BROKERS).entries())
                .extracting(ConfigEntry::name)
                .contains("message.max.bytes");
    }

    @Test
    void whatCannotChangeWhileTheBrokerRunsIsRefused() {
        assertRefused(
                BROKER,
                "offsets.topic.num.partitions",
                "1",
                InvalidRequestException.class,
                "Cannot update these configs dynamically: [offsets.topic.num.partitions]");
        assertRefused(
                BROKER,
                "message.max.byte",
                "1",
                InvalidRequestException.class,
                "There is no setting message.max.byte; the nearest is message.max.bytes.");
        assertRefused(
                BROKER,
                "min.insync.replicas",
                "1",
                InvalidConfigurationException.class,
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    }

    @Test
    void theBrokerShowsAllItsSettingsAndWhichMeanNothing() throws Exception {
        Config config = describe(BROKER);

        assertThat(config.get("num.io.threads").value()).isEqualTo("4");
        assertThat(config.get("num.io.threads").documentation()).contains("changes nothing");
        assertThat(config.get("log.flush.interval.messages").value()).isEqualTo("1");
        assertThat(config.get("offsets.topic.num.partitions").isReadOnly()).isTrue();
        assertThat(config.entries()).hasSizeGreaterThan(300);
    }

    @Test
    void resourcesWithSettingsAreListed() throws Exception {
        assertThat(admin.listConfigResources().all().get()).contains(RIDES, BROKER);
    }
}
