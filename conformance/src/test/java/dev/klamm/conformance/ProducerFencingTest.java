package dev.klamm.conformance;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What becomes of a producer when another one with its transactional id begins, in each phase of its transaction. */
@ComparedWithKafka
final class ProducerFencingTest {
    private final Comparison both;

    ProducerFencingTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void beforeItBegins() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init();
            NotedProducer second = stage.producer("second").init();
            first.begin().send(topic, "a").commit().abort().begin().closeWell();
            second.begin().send(topic, "b").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void afterItHasBegunAndSentNothing() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init().begin();
            stage.producer("second").init();
            // Nothing of it has ever reached the broker.
            first.commit().begin().abort().begin().send(topic, "a");
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void whenItSendsMore() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init().begin().send(topic, "a");
            stage.describes();
            NotedProducer second = stage.producer("second").init();
            stage.reads();
            first.send(topic, "b").send(topic, "c").abort().begin();
            second.begin().send(topic, "d").commit();
            stage.describes();
            stage.reads();
            stage.producersOf(topic);
        });
    }

    @Test
    void whenItSendsToAnotherPartition() {
        both.play(stage -> {
            List<TopicPartition> topic = stage.topic("topic", 2, Map.of());
            NotedProducer first = stage.producer("first").init().begin().send(topic.get(0), "a");
            stage.producer("second").init();
            first.send(topic.get(1), "b").commit().closeWell();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void whenItCommits() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init().begin().send(topic, "a");
            NotedProducer second = stage.producer("second").init().begin().send(topic, "b");
            first.commit().abort().begin();
            stage.reads();
            second.commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void whenItAborts() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init().begin().send(topic, "a");
            NotedProducer second = stage.producer("second").init().begin().send(topic, "b");
            first.abort().begin().closeWell();
            second.commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void whenItSendsOffsets() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            NotedProducer first = stage.producer("first").init().begin().send(topic, "a");
            NotedProducer second = stage.producer("second").init();
            first.sendOffsets(topic, 7, group).commit().abort();
            second.begin().sendOffsets(topic, 8, group).commit();
            stage.committed(group.groupId(), topic);
            stage.reads();
        });
    }

    @Test
    void whenItSendsMoreOffsets() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            NotedProducer first = stage.producer("first").init().begin().sendOffsets(topic, 7, group);
            stage.committed(group.groupId(), topic);
            NotedProducer second = stage.producer("second").init();
            stage.committed(group.groupId(), topic);
            first.sendOffsets(topic, 8, group).abort();
            second.begin().sendOffsets(topic, 9, group);
            stage.committed(group.groupId(), topic);
            second.commit();
            stage.committed(group.groupId(), topic);
            stage.describes();
        });
    }

    @Test
    void betweenTwoTransactions() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first =
                    stage.producer("first").init().begin().send(topic, "a").commit();
            NotedProducer second = stage.producer("second").init();
            first.begin().send(topic, "b").commit();
            second.begin().send(topic, "c").abort();
            second.begin().send(topic, "d").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void whileRecordsAreOnTheirWay() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first", "tx", Map.of("linger.ms", 60_000))
                    .init()
                    .begin();
            var sent = first.sendLater(topic, "a");
            stage.producer("second").init();
            first.flush().awaits(sent).commit().abort();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void twiceInARow() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer first = stage.producer("first").init().begin().send(topic, "a");
            NotedProducer second = stage.producer("second").init().begin().send(topic, "b");
            NotedProducer third = stage.producer("third").init().begin().send(topic, "c");
            first.commit();
            second.commit();
            third.commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void withAnotherTimeOut() {
        both.play(stage -> {
            stage.producer("first", "tx", Map.of("transaction.timeout.ms", 50_000))
                    .init();
            stage.describes();
            stage.producer("second", "tx", Map.of("transaction.timeout.ms", 70_000))
                    .init();
            stage.describes();
        });
    }

    @Test
    void afterItHasClosedInTheMiddle() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            stage.producer("first").init().begin().send(topic, "a").closeWell();
            stage.describes();
            NotedProducer second = stage.producer("second").init();
            second.begin().send(topic, "b").commit();
            stage.describes();
            stage.reads();
        });
    }
}
