package dev.klamm.conformance;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Topics that change in the middle of a transaction. */
@ComparedWithKafka
final class TransactionTopicsTest {
    private final Comparison both;

    TransactionTopicsTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void aDeletedOneDoesNotHoldUpTheCommit() {
        both.play(stage -> {
            TopicPartition kept = stage.partition("kept");
            TopicPartition deleted = stage.partition("deleted");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().send(kept, "a").send(deleted, "b");
            delete(stage, deleted);
            producer.commit();
            stage.describes();
            producer.begin().send(kept, "c").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aDeletedOneDoesNotHoldUpTheAbort() {
        both.play(stage -> {
            TopicPartition kept = stage.partition("kept");
            TopicPartition deleted = stage.partition("deleted");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().send(kept, "a").send(deleted, "b");
            delete(stage, deleted);
            producer.abort();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aDeletedOneIsWrittenToAgain() {
        both.play(stage -> {
            TopicPartition kept = stage.partition("kept");
            TopicPartition deleted = stage.partition("deleted");
            // What it knows of the topic is old, so that it is the broker that tells.
            NotedProducer producer = stage.producer(
                            "producer",
                            "tx",
                            Map.of(
                                    "delivery.timeout.ms",
                                    2_000,
                                    "request.timeout.ms",
                                    2_000,
                                    "metadata.max.age.ms",
                                    300_000))
                    .init();
            producer.begin().send(kept, "a").send(deleted, "b");
            delete(stage, deleted);
            producer.send(deleted, "c").commit().abort();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aDeletedOneThatIsMadeAgainKnowsNothingOfTheTransaction() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().send(topic, "a");
            delete(stage, topic);
            stage.partition("topic");
            producer.commit();
            stage.describes();
            stage.reads();
            stage.producersOf(topic);
            stage.producer("another", "another", Map.of())
                    .init()
                    .begin()
                    .send(topic, "b")
                    .commit();
            stage.reads();
        });
    }

    @Test
    void newPartitionsAreWrittenTo() {
        both.play(stage -> {
            TopicPartition first = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init().begin().send(first, "a");
            stage.note(
                    "partitions added",
                    () -> stage.admin()
                            .createPartitions(Map.of(first.topic(), NewPartitions.increaseTo(3)))
                            .all()
                            .get());
            List<TopicPartition> all = stage.knows(first.topic(), 3);
            producer.send(all.get(1), "b").send(all.get(2), "c").send(all.get(0), "d");
            stage.describes();
            stage.reads();
            producer.commit();
            stage.reads();
        });
    }

    private static void delete(Stage stage, TopicPartition topic) {
        Reference.get(stage.admin().deleteTopics(List.of(topic.topic())).all());
        stage.forgets(topic);
        // Apache Kafka takes its time to forget one.
        Eventually.await(
                "the topic to be gone",
                () -> Reference.get(stage.admin().listTopics().names()),
                names -> !names.contains(topic.topic()));
    }
}
