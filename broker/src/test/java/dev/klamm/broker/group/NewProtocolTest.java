package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** KIP-848 as the Java consumer with {@code group.protocol=consumer} sees it, against a running broker. */
@Timeout(120)
class NewProtocolTest {
    private static final String GROUP = "riders";
    private static final String TOPIC = "rides";
    private static final Map<String, Object> SETTINGS = Map.of("group.protocol", "consumer");

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with(
            "group.consumer.min.session.timeout.ms", "500",
            "group.consumer.session.timeout.ms", "2000",
            "group.consumer.min.heartbeat.interval.ms", "100",
            "group.consumer.heartbeat.interval.ms", "100",
            "group.consumer.assignment.interval.ms", "0");

    @Test
    void threeConsumersShareSixPartitionsAndTakeOverWhatOneHadWhoDied() throws Exception {
        createTopic(6);
        produce(0, 60);
        try (var consumers = new Consumers(broker.bootstrap(), GROUP, TOPIC, SETTINGS)) {
            consumers.start("alice");
            consumers.awaitAssignments(all -> isShared(all, 6, 1));
            consumers.start("bob");
            consumers.start("carol");
            consumers.awaitAssignments(all -> isShared(all, 6, 3));
            consumers.awaitCount(60);

            consumers.kill("bob");

            consumers.awaitAssignments(all -> isShared(all, 6, 2));
            produce(60, 60);
            consumers.awaitCount(120);
            assertThat(Set.copyOf(consumers.values())).hasSize(120);
        }
    }

    private static boolean isShared(Map<String, Set<Integer>> all, int partitionCount, int memberCount) {
        List<Integer> assigned =
                all.values().stream().flatMap(Collection::stream).sorted().toList();
        return all.size() == memberCount
                && assigned.equals(IntStream.range(0, partitionCount).boxed().toList())
                && all.values().stream().allMatch(mine -> mine.size() == partitionCount / memberCount);
    }

    private void createTopic(int partitionCount) throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic(TOPIC, partitionCount, (short) 1)))
                .all()
                .get();
    }

    private void produce(int from, int count) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < from + count; i++) {
                producer.send(new ProducerRecord<>(TOPIC, i % 6, null, "ride " + i))
                        .get();
            }
        }
    }
}
