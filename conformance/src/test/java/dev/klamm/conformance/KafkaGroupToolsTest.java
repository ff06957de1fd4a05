package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Apache Kafka's own tools for groups of both protocols, settings of groups and features. */
@ExtendWith(SharedBroker.class)
final class KafkaGroupToolsTest {
    private final String broker;
    private final Reference reference;

    KafkaGroupToolsTest(BrokerUnderTest broker) {
        this.broker = broker.bootstrapServers();
        reference = new Reference(this.broker);
    }

    @AfterEach
    void disconnect() {
        reference.close();
    }

    private List<String> run(KafkaTool tool, String... arguments) {
        return tool.run(Stream.concat(Stream.of("--bootstrap-server", broker), Stream.of(arguments))
                .toArray(String[]::new));
    }

    @Test
    void configsAltersAndDescribesAGroup() {
        String group = Reference.newName("group");

        List<String> altered = run(
                KafkaTool.CONFIGS,
                "--alter",
                "--entity-type",
                "groups",
                "--entity-name",
                group,
                "--add-config",
                "consumer.session.timeout.ms=50000");
        List<String> described =
                run(KafkaTool.CONFIGS, "--describe", "--entity-type", "groups", "--entity-name", group);

        assertThat(altered).containsExactly("Completed updating config for group " + group + ".");
        assertThat(described)
                .anyMatch(line -> line.startsWith("  consumer.session.timeout.ms=50000 sensitive=false synonyms="
                        + "{DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms=50000, "
                        + "DEFAULT_CONFIG:group.consumer.session.timeout.ms=45000}"));
        assertThat(run(KafkaTool.CONFIGS, "--describe", "--entity-type", "groups"))
                .anyMatch(line -> line.contains(group));
    }

    @Test
    void groupsListsBothKindsAndConsumerGroupsDescribesTheNewOne() {
        String topic = reference.newTopic(1);
        String group = Reference.newName("group");
        var settings =
                Map.<String, Object>of("bootstrap.servers", broker, "group.id", group, "group.protocol", "consumer");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }

            assertThat(run(KafkaTool.GROUPS, "--list", "--consumer"))
                    .anyMatch(line -> line.matches(group + " +Consumer +consumer *"));
            assertThat(run(KafkaTool.CONSUMER_GROUPS, "--describe", "--group", group, "--state"))
                    .anyMatch(line -> line.contains(group) && line.contains("uniform") && line.contains("Stable"));
            assertThat(run(KafkaTool.CONSUMER_GROUPS, "--describe", "--group", group, "--members", "--verbose"))
                    .anyMatch(line -> line.contains(group) && line.contains(topic + ":0"));
        }
    }

    @Test
    void featuresAreDescribedDowngradedAndUpgraded() {
        String line =
                "Feature: group.version +SupportedMinVersion: 0 +SupportedMaxVersion: 1 +FinalizedVersionLevel: %d +"
                        + "Epoch: [0-9]+";

        assertThat(run(KafkaTool.FEATURES, "describe"))
                .anyMatch(feature -> feature.matches(line.formatted(1)))
                .anyMatch(feature -> feature.startsWith("Feature: metadata.version"));
        assertThat(run(KafkaTool.FEATURES, "downgrade", "--feature", "group.version=0", "--dry-run"))
                .containsExactly("group.version can be downgraded to 0.");
        assertThat(run(KafkaTool.FEATURES, "upgrade", "--feature", "group.version=1"))
                .containsExactly("group.version was upgraded to 1.");
        assertThat(run(KafkaTool.FEATURES, "describe")).anyMatch(feature -> feature.matches(line.formatted(1)));
    }
}
