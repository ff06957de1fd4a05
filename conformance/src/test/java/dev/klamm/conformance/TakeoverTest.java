package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The data directory is Kafka's own: Apache Kafka goes on where the broker stopped, and the broker where Kafka did. */
final class TakeoverTest {
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    @Test
    void apacheKafkaTakesTheDirectoryOverAndGivesItBack() {
        List<Sent> sent = new ArrayList<>();
        try (var first = BrokerUnderTest.start("takeover", Map.of("offsets.topic.num.partitions", "3"))) {
            String group = Reference.newName("group");
            String topic = produceAndCommit(first, group, sent);
            first.stop();
            try (var kafka = first.handOver(new KafkaDistribution())) {
                check(kafka, topic, group, sent);
            }
            try (var last = first.handOver(Distribution.underTest())) {
                check(last, topic, group, sent);
            }
        }
    }

    private static String produceAndCommit(BrokerUnderTest broker, String group, List<Sent> sent) {
        try (var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(1);
            for (String compression : COMPRESSIONS) {
                List<Sent> some = Reference.numbered(compression + " ", 20);
                reference.produce(topic, 0, compression, some);
                sent.addAll(some);
            }
            ScriptedClient.java()
                    .member(broker.bootstrapServers(), topic, group, "member", 7)
                    .awaitSuccess();
            return topic;
        }
    }

    /** That all is there, and that the topic can grow. */
    private static void check(BrokerUnderTest broker, String topic, String group, List<Sent> sent) {
        try (var reference = new Reference(broker.bootstrapServers())) {
            assertThat(reference.read(topic, sent.size()))
                    .extracting(Received::sent)
                    .isEqualTo(sent);
            assertThat(reference.committed(group)).isEqualTo(Map.of(0, 7L));
            List<Sent> more = Reference.numbered("more ", 20);
            reference.produce(topic, 0, "none", more);
            sent.addAll(more);
            assertThat(reference.read(topic, sent.size()))
                    .extracting(Received::sent)
                    .isEqualTo(sent);
        }
    }
}
