package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Apache Kafka goes on with the transactions of a directory, and gives it back: those that are committed with the offsets that
 * came with them, those that are aborted, and one that is open, with a record and an offset in it.
 */
final class TransactionTakeoverTest {
    private static final String ID = "left-open";

    private final String group = Reference.newName("group");
    private final List<String> committed = new ArrayList<>();
    private String topic = "";
    private long offset;

    @Test
    void apacheKafkaTakesTransactionsOverAndGivesThemBack() {
        var settings = Map.of("offsets.topic.num.partitions", "3", "transaction.state.log.num.partitions", "3");
        try (var first = BrokerUnderTest.start("transaction-takeover", settings)) {
            try (var reference = new Reference(first.bootstrapServers())) {
                topic = reference.newTopic(1);
            }
            leaveBehind(first, "ours");
            first.stop();
            try (var kafka = first.handOver(new KafkaDistribution())) {
                endWhatIsOpen(kafka);
                leaveBehind(kafka, "Kafka's");
            }
            try (var last = first.handOver(Distribution.underTest())) {
                endWhatIsOpen(last);
                leaveBehind(last, "ours again");
                last.kill();
                last.startAgain();
                endWhatIsOpen(last);
            }
        }
    }

    private void leaveBehind(BrokerUnderTest broker, String whose) {
        offset += 10;
        try (var transaction = new OpenTransaction(broker.bootstrapServers(), "committed")) {
            transaction.send(topic, whose);
            transaction.commitOffset(group, topic, offset);
            transaction.commit();
        }
        committed.add(whose);
        try (var transaction = new OpenTransaction(broker.bootstrapServers(), "aborted")) {
            transaction.send(topic, whose + ", aborted");
            transaction.commitOffset(group, topic, offset + 1);
            transaction.abort();
        }
        try (var transaction = new OpenTransaction(broker.bootstrapServers(), ID)) {
            transaction.send(topic, whose + ", open");
            transaction.commitOffset(group, topic, offset + 2);
        }
    }

    /** As the producer that comes back does; what was open is read by nobody, and what was committed by all. */
    private void endWhatIsOpen(BrokerUnderTest broker) {
        try (var transaction = new OpenTransaction(broker.bootstrapServers(), ID);
                var reference = new Reference(broker.bootstrapServers())) {
            transaction.abort();
            reference.produce(topic, 0, "none", List.of(Sent.of("the end")));
            committed.add("the end");

            assertThat(reference.readCommitted(topic, committed.size()))
                    .extracting(Received::value)
                    .isEqualTo(committed);
            assertThat(reference.committed(group)).isEqualTo(Map.of(0, offset));
            assertThat(KafkaTool.TRANSACTIONS.run("--bootstrap-server", broker.bootstrapServers(), "list"))
                    .noneMatch(line -> line.contains("Ongoing"));
        }
    }
}
