package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.GroupValues;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of groups (KIP-1022), through kafka-clients' own Admin. */
class GroupConfigAdminTest {
    private static final ConfigResource DISPATCH = new ConfigResource(ConfigResource.Type.GROUP, "dispatch");
    private static final String SESSION_TIMEOUT = "consumer.session.timeout.ms";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("group.consumer.session.timeout.ms", "46000");

    private Admin admin;

    @BeforeEach
    void connect() {
        admin = broker.admin();
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

    @Test
    void everyGroupSettingOfKafkaIsDescribedWithItsTypeAndDefault() throws Exception {
        Config config = describe(DISPATCH);

        assertThat(config.entries())
                .extracting(ConfigEntry::name)
                .containsExactlyInAnyOrderElementsOf(GroupConfig.configNames());
        GroupConfig.CONFIG_DEF.configKeys().forEach((name, key) -> {
            assertThat(config.get(name).type().name()).as(name).isEqualTo(key.type.name());
            if (!name.equals(SESSION_TIMEOUT)) {
                assertThat(config.get(name).value()).as(name).isEqualTo(String.valueOf(key.defaultValue));
            }
        });
        assertThat(config.entries())
                .allSatisfy(entry -> assertThat(entry.documentation()).isNotBlank());
    }

    @Test
    void aGroupSettingIsSetTakesEffectAndGoesBackToTheBrokers() throws Exception {
        alter(DISPATCH, OpType.SET, SESSION_TIMEOUT, "50000");

        assertThat(describe(DISPATCH).get(SESSION_TIMEOUT).synonyms())
                .extracting(ConfigEntry.ConfigSynonym::name, ConfigEntry.ConfigSynonym::value, s -> s.source())
                .containsExactly(
                        tuple(SESSION_TIMEOUT, "50000", ConfigSource.DYNAMIC_GROUP_CONFIG),
                        tuple("group." + SESSION_TIMEOUT, "46000", ConfigSource.STATIC_BROKER_CONFIG),
                        tuple("group." + SESSION_TIMEOUT, "45000", ConfigSource.DEFAULT_CONFIG));

        alter(DISPATCH, OpType.DELETE, SESSION_TIMEOUT, "");

        ConfigEntry inherited = describe(DISPATCH).get(SESSION_TIMEOUT);
        assertThat(inherited.value()).isEqualTo("46000");
        assertThat(inherited.source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
    }

    @Test
    void groupsWithSettingsAreListedAlsoAfterARestart() throws Exception {
        alter(DISPATCH, OpType.SET, "consumer.heartbeat.interval.ms", "6000");
        alter(DISPATCH, OpType.SET, "share.auto.offset.reset", "by_duration:PT1H");
        broker.restart();

        var listed = admin.listConfigResources(Set.of(ConfigResource.Type.GROUP), new ListConfigResourcesOptions());
        assertThat(listed.all().get()).containsExactly(DISPATCH);
        assertThat(describe(DISPATCH).get("consumer.heartbeat.interval.ms").value())
                .isEqualTo("6000");

        alter(DISPATCH, OpType.DELETE, "consumer.heartbeat.interval.ms", "");
        alter(DISPATCH, OpType.DELETE, "share.auto.offset.reset", "");
        var then = admin.listConfigResources(Set.of(ConfigResource.Type.GROUP), new ListConfigResourcesOptions());
        assertThat(then.all().get()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        consumer.session.timeout.ms     | 44999     | consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms
        consumer.session.timeout.ms     | 60001     | consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms
        consumer.heartbeat.interval.ms  | 1         | consumer.heartbeat.interval.ms must be greater than or equal to group.consumer.min.heartbeat.interval.ms
        consumer.heartbeat.interval.ms  | 20000     | consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms
        consumer.assignment.interval.ms | 15001     | consumer.assignment.interval.ms must be less than or equal to group.consumer.max.assignment.interval.ms
        streams.num.standby.replicas    | 3         | streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas
        share.record.lock.duration.ms   | 14999     | share.record.lock.duration.ms must be greater than or equal to group.share.min.record.lock.duration.ms
        share.auto.offset.reset         | sometimes | The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.
        consumer.session.timeout.ms     | long      | Invalid value long for configuration consumer.session.timeout.ms: Not a number of type INT
        consumer.sesion.timeout.ms      | 50000     | Unknown group config name: consumer.sesion.timeout.ms
        """)
    void aValueOutsideTheBrokersBoundsIsRefused(String name, String value, String message) {
        assertThatThrownBy(() -> alter(DISPATCH, OpType.SET, name, value))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void thereAreNoDefaultSettingsOfGroups() {
        var all = new ConfigResource(ConfigResource.Type.GROUP, "");

        assertThatThrownBy(() -> alter(all, OpType.SET, SESSION_TIMEOUT, "50000"))
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("Default group resources are not allowed.");
        assertThatThrownBy(() -> describe(all))
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("Group name must not be empty");
    }

    @Test
    void boundsThatHaveBecomeNarrowerHoldForWhatWasSetBefore() {
        var config = BrokerConfig.of(Map.of(
                "group.consumer.max.session.timeout.ms", "48000", "group.consumer.min.heartbeat.interval.ms", "4000"));
        Map<String, String> overrides = Map.of(SESSION_TIMEOUT, "50000", "consumer.heartbeat.interval.ms", "3000");

        assertThat(GroupValues.of(overrides, config)).isEqualTo(new GroupValues(48_000, 4_000, 1_000));
        assertThat(GroupValues.of(Map.of(), config)).isEqualTo(new GroupValues(45_000, 5_000, 1_000));
    }
}
