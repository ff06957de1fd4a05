package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every client with transactions must be able to do with them. kafka-clients in this JVM checks the outcome. */
@ExtendWith(SharedBroker.class)
@TestInstance(Lifecycle.PER_CLASS)
abstract class TransactionConformance {
    private final TransactionalClient client;
    private String broker = "";
    private Reference reference;

    TransactionConformance(TransactionalClient client) {
        this.client = client;
    }

    @BeforeAll
    void connect(BrokerUnderTest underTest) {
        Installed.require(client.missing());
        broker = underTest.bootstrapServers();
        reference = new Reference(broker);
    }

    @AfterAll
    void disconnect() {
        if (reference != null) {
            reference.close();
        }
    }

    @Test
    void whatWasAbortedIsInTheLogAndNobodyReadsItAsCommitted() {
        String topic = reference.newTopic(1);

        client.run("transact", broker, topic, Reference.newName("id"));

        List<String> committed = List.of("first 0", "first 1", "first 2", "third 0", "third 1", "third 2");
        assertThat(reference.read(topic, 9)).extracting(Received::value).contains("second 0", "second 1", "second 2");
        assertThat(reference.readCommitted(topic, 6))
                .extracting(Received::value)
                .isEqualTo(committed);
        assertThat(client.committed(broker, topic, 6))
                .extracting(Received::value)
                .isEqualTo(committed);
    }

    @Test
    void offsetsAreCommittedWithWhatWasMadeOfTheRecordsAndNotIfThatIsAborted() {
        String source = reference.newTopic(1);
        String target = reference.newTopic(1);
        String group = Reference.newName("group");
        String id = Reference.newName("id");
        reference.produce(source, 0, "none", Reference.numbered("record ", 6));

        List<String> aborted = client.run("process", broker, source, target, group, id, "abort", "4");
        Map<Integer, Long> afterAbort = reference.committed(group);
        List<String> first = client.run("process", broker, source, target, group, id, "commit", "4");
        Map<Integer, Long> afterFirst = reference.committed(group);
        List<String> second = client.run("process", broker, source, target, group, id, "commit", "2");

        assertThat(aborted).containsExactly("{\"ended\":\"abort\",\"from\":0}");
        assertThat(afterAbort).isEmpty();
        assertThat(first).containsExactly("{\"ended\":\"commit\",\"from\":0}");
        assertThat(afterFirst).isEqualTo(Map.of(0, 4L));
        assertThat(second).containsExactly("{\"ended\":\"commit\",\"from\":4}");
        assertThat(reference.committed(group)).isEqualTo(Map.of(0, 6L));
        assertThat(reference.readCommitted(target, 6))
                .extracting(Received::value)
                .containsExactly("RECORD 0", "RECORD 1", "RECORD 2", "RECORD 3", "RECORD 4", "RECORD 5");
    }

    @Test
    void aSecondProducerFencesTheFirstAndAbortsWhatItHadOpen() {
        String topic = reference.newTopic(1);

        List<String> said = client.run("fence", broker, topic, Reference.newName("id"));

        assertThat(said).containsExactly("{\"first\":\"fenced\"}");
        assertThat(reference.readCommitted(topic, 3))
                .extracting(Received::value)
                .containsExactly("of the second 0", "of the second 1", "of the second 2");
    }
}
