package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL in the middle of load, again and again: no acknowledged record is lost, doubled or out of place, and no commit
 * goes back. {@code -Dconformance.kills=N} sets how often.
 */
final class KillTest {
    private static final int PARTITIONS = 3;
    private static final int KILLS = Integer.getInteger("conformance.kills", 5);

    /** Between two kills, so that each one meets a broker that has work under way. */
    private static final int RECORDS_A_ROUND = 5_000;

    @Test
    void losesNothingThatItAcknowledged() {
        try (var broker = BrokerUnderTest.start("kill", Map.of());
                var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(PARTITIONS);
            String group = Reference.newName("group");
            long acknowledged = killAgainAndAgain(broker, topic, group);

            List<Received> log = reference.readNumbers(topic, (int) acknowledged);

            for (int partition = 0; partition < PARTITIONS; partition++) {
                int number = partition;
                List<Received> records = log.stream()
                        .filter(record -> record.partition() == number)
                        .toList();
                List<String> numbers = LongStream.range(0, records.size())
                        .mapToObj(Long::toString)
                        .toList();
                assertThat(records).extracting(Received::value).isEqualTo(numbers);
            }
            assertThat(log).hasSize((int) acknowledged);
        }
    }

    /** Gives back how many records were acknowledged, once the group has seen them all. */
    private static long killAgainAndAgain(BrokerUnderTest broker, String topic, String group) {
        try (var load = new NumberedLoad(broker.bootstrapServers(), topic, PARTITIONS);
                var reader = new NumberedReader(broker.bootstrapServers(), topic, PARTITIONS, group)) {
            for (int kill = 0; kill < KILLS; kill++) {
                awaitWork(load, reader);
                broker.kill();
                broker.startAgain();
            }
            awaitWork(load, reader);
            long acknowledged = load.finish();
            Eventually.await("a group that has seen all", reader::total, total -> total >= acknowledged);
            assertThat(load.violation()).isNull();
            assertThat(reader.violation()).isNull();
            return acknowledged;
        }
    }

    private static void awaitWork(NumberedLoad load, NumberedReader reader) {
        long acknowledged = load.acknowledged() + RECORDS_A_ROUND;
        long read = reader.total() + RECORDS_A_ROUND;
        Eventually.await("acknowledgements", load::acknowledged, count -> count >= acknowledged);
        Eventually.await("a group that reads on", reader::total, count -> count >= read);
    }
}
