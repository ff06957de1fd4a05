package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
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

    /** Not even the hash of its topics differs: the group stays in its epoch, and its member keeps its place. */
    @Test
    void aMemberOfTheConsumerProtocolGoesOnAtApacheKafkaAndBack() {
        try (var first = BrokerUnderTest.start("takeover-member", Map.of("offsets.topic.num.partitions", "1"))) {
            String group = Reference.newName("group");
            String topic;
            try (var reference = new Reference(first.bootstrapServers())) {
                topic = reference.newTopic(2);
            }
            int epoch = readAndPause(first, topic, group);
            first.stop();
            try (var kafka = first.handOver(new KafkaDistribution())) {
                assertThat(readAndPause(kafka, topic, group)).isEqualTo(epoch);
            }
            try (var last = first.handOver(Distribution.underTest())) {
                assertThat(readAndPause(last, topic, group)).isEqualTo(epoch);
            }
        }
    }

    /** Produces some records and has the group's static member read those alone; returns the group's epoch. */
    private static int readAndPause(BrokerUnderTest broker, String topic, String group) {
        List<Sent> some = Reference.numbered("some ", 20);
        try (var reference = new Reference(broker.bootstrapServers());
                var consumer = new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers", broker.bootstrapServers(),
                                "group.protocol", "consumer",
                                "group.id", group,
                                "group.instance.id", "one",
                                "auto.offset.reset", "earliest"),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            reference.produce(topic, 0, "none", some);
            consumer.subscribe(List.of(topic));
            List<String> read = new ArrayList<>();
            Eventually.await(
                    some.size() + " records",
                    () -> {
                        consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
                        return read.size();
                    },
                    size -> size >= some.size());
            assertThat(read).isEqualTo(some.stream().map(Sent::value).toList());
            consumer.commitSync();
            return reference.groupEpoch(group);
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
