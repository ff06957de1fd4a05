package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class KcatTest extends ClientConformance {
    KcatTest() {
        super(Kcat.find());
    }

    @Test
    void listsTheBrokerAndATopic(BrokerUnderTest broker) {
        try (var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(2);

            List<String> said = Program.start(List.of("kcat", "-L", "-J", "-b", broker.bootstrapServers(), "-t", topic))
                    .awaitSuccess();

            var metadata = RecordJson.parse(String.join("", said));
            assertThat(metadata.at("/brokers/0/id").asInt()).isEqualTo(1);
            assertThat(metadata.at("/brokers/0/name").asText()).isEqualTo(broker.bootstrapServers());
            assertThat(metadata.at("/topics/0/topic").asText()).isEqualTo(topic);
            assertThat(metadata.at("/topics/0/partitions")).hasSize(2);
            assertThat(metadata.at("/topics/0/partitions/1/leader").asInt()).isEqualTo(1);
        }
    }

    @Test
    void findsOffsetsByTime(BrokerUnderTest broker) {
        try (var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(1);
            reference.produce(topic, 0, "none", Reference.numbered("record ", 7));

            assertThat(offsetAt(broker, topic, 1)).containsExactly(topic + " [0] offset 0");
            assertThat(offsetAt(broker, topic, -1)).containsExactly(topic + " [0] offset 7");
        }
    }

    private static List<String> offsetAt(BrokerUnderTest broker, String topic, long timestampMs) {
        String question = topic + ":0:" + timestampMs;
        return Program.start(List.of("kcat", "-Q", "-b", broker.bootstrapServers(), "-t", question))
                .awaitSuccess();
    }
}
