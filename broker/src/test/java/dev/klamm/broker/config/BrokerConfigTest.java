package dev.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.LogConfig;
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
}
