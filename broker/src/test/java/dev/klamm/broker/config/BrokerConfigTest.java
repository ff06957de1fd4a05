package dev.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.LogConfig;
import dev.klamm.log.Upkeep;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {

    @Test
    void nothingSetGivesADevelopersBrokerOnLoopback() {
        BrokerConfig config = BrokerConfig.of(Map.of());

        assertThat(config.nodeId()).isEqualTo(1);
        assertThat(config.connections().listeners()).containsExactly(new Listener("PLAINTEXT", "127.0.0.1", 9092));
        assertThat(config.advertised("PLAINTEXT")).isEmpty();
        assertThat(config.groups().initialRebalanceDelayMs()).isZero();
        assertThat(config.offsets().topicPartitions()).isEqualTo(50);
        assertThat(config.defaultLogConfig()).isEqualTo(LogConfig.DEFAULT);
        assertThat(config.leftAside()).isEmpty();
    }

    @Test
    void anUnknownSettingIsRefusedWithTheNearestName() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("log.retention.hour", "24")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("There is no setting log.retention.hour; the nearest is log.retention.hours.");
    }

    @Test
    void aSettingOfKafkasThatMeansNothingHereIsLeftAsideByName() {
        BrokerConfig config = BrokerConfig.of(Map.of("num.io.threads", "8", "num.partitions", "3"));

        assertThat(config.leftAside()).containsExactly("num.io.threads");
    }

    @Test
    void listenerAndPlugInSettingsAreKnown() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "listener.name.internal.ssl.keystore.location",
                "/k.jks",
                "rsm.config.bucket",
                "b",
                "process.roles",
                "broker"));

        assertThat(config.leftAside())
                .containsExactly("listener.name.internal.ssl.keystore.location", "process.roles", "rsm.config.bucket");
    }

    @Test
    void aValueThatIsNoneIsRefusedInKafkasWords() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("num.partitions", "many")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("Invalid value many for configuration num.partitions: Not a number of type INT");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("num.partitions", "0")))
                .hasMessage("Invalid value 0 for configuration num.partitions: Value must be at least 1");
    }

    @Test
    void theControllersListenerIsNotOpened() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://:9092,CONTROLLER://:9093",
                "advertised.listeners", "PLAINTEXT://broker.example:9092,CONTROLLER://broker.example:9093",
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"));

        assertThat(config.connections().listeners()).containsExactly(new Listener("PLAINTEXT", "", 9092));
        assertThat(config.advertised("PLAINTEXT")).contains(new Listener("PLAINTEXT", "broker.example", 9092));
    }

    @Test
    void aListenerThatWouldBeEncryptedIsRefused() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("listeners", "SSL://[::1]:9093")))
                .hasMessage("listeners: SSL://[::1]:9093 would speak SSL, and Klamm serves PLAINTEXT only.");
    }

    @Test
    void severalDataDirectoriesAreRefused() {
        assertThat(BrokerConfig.of(Map.of("log.dirs", "/data")).dataDirectory()).contains(Path.of("/data"));
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("log.dirs", "/a,/b")).dataDirectory())
                .hasMessageContaining("one directory");
    }

    @Test
    void theStrongerSynonymOfATopicSettingWins() {
        BrokerConfig config = BrokerConfig.of(Map.of("log.retention.hours", "2", "log.retention.minutes", "3"));

        assertThat(config.defaultLogConfig().cleanup().retentionMs()).isEqualTo(180_000);
    }

    @Test
    void anyRetentionBelowZeroIsNoLimit() {
        assertThat(retentionMs(Map.of("log.retention.hours", "-1"))).isEqualTo(-1);
        assertThat(retentionMs(Map.of("log.retention.minutes", "-2", "log.retention.hours", "1")))
                .isEqualTo(-1);
        assertThat(retentionMs(Map.of("log.retention.ms", "-5"))).isEqualTo(-1);
        assertThat(retentionMs(Map.of())).isEqualTo(7 * 24 * 3600_000);
    }

    private static long retentionMs(Map<String, String> settings) {
        return BrokerConfig.of(settings).defaultLogConfig().cleanup().retentionMs();
    }

    @Test
    void settingsOfUpkeepAreCheckedInKafkasWords() {
        assertThat(refusal("log.retention.ms", "0"))
                .isEqualTo("log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
        assertThat(refusal("log.roll.ms", "0")).isEqualTo("log.roll.ms must be greater than or equal to 1");
        assertThat(refusal("log.roll.jitter.ms", "-1"))
                .isEqualTo("log.roll.jitter.ms must be greater than or equal to 0");
        assertThat(refusal("log.cleaner.threads", "0")).isEqualTo("Log cleaner threads should be at least 1");
        assertThat(refusal("log.cleaner.threads", "200"))
                .isEqualTo("log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.");
        assertThat(refusal("log.cleaner.max.compaction.lag.ms", "0")).contains("Value must be at least 1");
        assertThatThrownBy(() -> BrokerConfig.of(
                        Map.of("log.cleaner.min.compaction.lag.ms", "2", "log.cleaner.max.compaction.lag.ms", "1")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("conflict topic config setting min.compaction.lag.ms (2) > max.compaction.lag.ms (1)");
    }

    private static String refusal(String name, String value) {
        return String.valueOf(assertThatThrownBy(() -> BrokerConfig.of(Map.of(name, value)))
                .isInstanceOf(InvalidSettingException.class)
                .actual()
                .getMessage());
    }

    @Test
    void retentionAndCompactionAreSetByKafkasNames() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "log.retention.check.interval.ms", "1000",
                "log.initial.task.delay.ms", "0",
                "log.cleaner.enable", "false",
                "log.cleaner.io.max.bytes.per.second", "1000000",
                "log.cleaner.delete.retention.ms", "5",
                "log.retention.bytes", "4000000",
                "log.cleaner.min.cleanable.ratio", "0.1"));

        assertThat(config.leftAside()).isEmpty();
        assertThat(config.upkeep())
                .isEqualTo(new Upkeep(
                        0, 1000, new Upkeep.Compaction(false, 1, 128 << 20, 0.9, 512 << 10, 1_000_000, 15_000)));
        assertThat(config.defaultLogConfig().cleanup())
                .isEqualTo(new LogConfig.Cleanup(false, true, 7 * 24 * 3600_000, 4_000_000, 5, 0.1, 0, Long.MAX_VALUE));
        assertThat(BrokerConfig.of(Map.of()).upkeep()).isEqualTo(Upkeep.DEFAULT);
    }

    @Test
    void theNumberOfCleanersIsChangedInSmallSteps() {
        BrokerConfig four = BrokerConfig.of(Map.of("log.cleaner.threads", "4"));

        assertThatThrownBy(() -> four.requireStepTo(four.withDynamic(Map.of("log.cleaner.threads", "9"), Map.of())))
                .hasMessage("Log cleaner threads cannot be increased to more than double the current value 4");
        assertThatThrownBy(() -> four.requireStepTo(four.withDynamic(Map.of("log.cleaner.threads", "1"), Map.of())))
                .hasMessage("Log cleaner threads cannot be reduced to less than half the current value 4");
        four.requireStepTo(four.withDynamic(Map.of("log.cleaner.threads", "2"), Map.of()));
    }

    @Test
    void whatWasSetWhileTheBrokerRanIsStrongerThanWhatItWasStartedWith() {
        BrokerConfig config = BrokerConfig.of(Map.of("log.retention.ms", "1", "message.max.bytes", "10"))
                .withDynamic(
                        Map.of("log.retention.ms", "2", "message.max.bytes", "20"), Map.of("log.retention.ms", "3"));

        assertThat(config.defaultLogConfig().cleanup().retentionMs()).isEqualTo(3);
        assertThat(config.defaultLogConfig().maxMessageBytes()).isEqualTo(20);
    }

    @Test
    void oneRequestAlwaysFitsTheMemoryForRequests() {
        assertThat(BrokerConfig.of(Map.of("socket.request.max.bytes", "200000000"))
                        .requests()
                        .queuedMaxBytes())
                .isEqualTo(200_000_000);
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("queued.max.request.bytes", "1000")))
                .hasMessageContaining("queued.max.request.bytes (1000)");
    }

    @Test
    void everyCatalogueEntryHasADefaultThatItAccepts() {
        for (Setting setting : Settings.all()) {
            if (setting.defaultValue() != null) {
                assertThat(setting.parse(setting.defaultValue()))
                        .as(setting.name())
                        .isNotNull();
            }
        }
        assertThat(Settings.all().stream().map(Setting::name)).contains("log.roll.hours", "controller.quorum.voters");
    }

    @Test
    void theSettingsOfConsumerGroupsAreHeldTogetherAsInKafka() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("group.consumer.session.timeout.ms", "44000")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("group.consumer.session.timeout.ms must be greater than or equal to"
                        + " group.consumer.min.session.timeout.ms");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("group.consumer.heartbeat.interval.ms", "16000")))
                .hasMessage("group.consumer.heartbeat.interval.ms must be less than or equal to"
                        + " group.consumer.max.heartbeat.interval.ms");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("group.consumer.assignors", "uniform,sticky")))
                .hasMessageContaining("sticky");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("group.consumer.migration.policy", "sideways")))
                .hasMessageContaining("sideways");
    }

    @Test
    void theSettingsOfConsumerGroupsAreRead() {
        var groups = BrokerConfig.of(Map.of(
                        "group.consumer.assignors", "range, uniform", "group.consumer.migration.policy", "Upgrade"))
                .consumerGroups();

        assertThat(groups.assignors()).containsExactly("range", "uniform");
        assertThat(groups.migrationPolicy()).isEqualTo(MigrationPolicy.UPGRADE);
        assertThat(groups.maxSize()).isEqualTo(Integer.MAX_VALUE);
        assertThat(groups.regexRefreshIntervalMs()).isEqualTo(600_000);
    }
}
