package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two processes in one data directory would both be right, until the first of them reads. */
final class SecondProcessTest {
    @Test
    void refusesADirectoryThatAnotherProcessHas() {
        try (var broker = BrokerUnderTest.start("second", Map.of());
                var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(1);

            Program second = broker.startSecond();

            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(second.output()).isEmpty();
            assertThat(second.errors())
                    .containsExactly("The data directory " + broker.logDirectory() + " is in use by another broker.");
            reference.produce(topic, 0, "none", Reference.numbered("still there ", 10));
            assertThat(reference.read(topic, 10)).hasSize(10);
        }
    }
}
