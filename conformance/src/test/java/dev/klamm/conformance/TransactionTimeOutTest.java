package dev.klamm.conformance;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What becomes of a producer whose transaction takes longer than it may. */
@ComparedWithKafka
final class TransactionTimeOutTest {
    /** Long enough for a send on a machine that stalls. */
    private static final Map<String, Object> SHORT = Map.of("transaction.timeout.ms", 1_500);

    private final Comparison both;

    TransactionTimeOutTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    /** Two minutes too many: fifteen are the most by default. */
    @Test
    void aTimeOutAboveTheMostIsRefused() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            stage.producer("first", "tx", Map.of("transaction.timeout.ms", 1_020_000))
                    .init()
                    .begin()
                    .send(topic, "a")
                    .commit()
                    .closeWell();
            stage.describes();
        });
    }

    /** All of them in one situation, so that the time is waited for only once. */
    @Test
    void whateverComesTooLateIsRefused() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            TopicPartition other = stage.partition("other");
            var group = stage.group("group");
            NotedProducer commit = stage.producer("commit", "c", SHORT).init().begin();
            NotedProducer abort = stage.producer("abort", "a", SHORT).init().begin();
            NotedProducer send = stage.producer("send", "s", SHORT).init().begin();
            NotedProducer sendElsewhere =
                    stage.producer("elsewhere", "e", SHORT).init().begin();
            NotedProducer sendOffsets =
                    stage.producer("offsets", "o", SHORT).init().begin();
            NotedProducer replaced =
                    stage.producer("replaced", "r", SHORT).init().begin();
            commit.send(topic, "commit 1");
            abort.send(topic, "abort 1");
            send.send(topic, "send 1");
            sendElsewhere.send(topic, "elsewhere 1");
            sendOffsets.sendOffsets(topic, 1, group);
            replaced.send(topic, "replaced 1");

            stage.awaitTimeOut();
            stage.describes();
            stage.committed(group.groupId(), topic);

            commit.commit().abort().begin().send(topic, "commit 2").commit();
            abort.abort().begin().send(topic, "abort 2").commit();
            send.send(topic, "send 2", "send 3")
                    .commit()
                    .abort()
                    .begin()
                    .send(topic, "send 4")
                    .commit();
            sendElsewhere.send(other, "elsewhere 2").commit().abort();
            sendElsewhere.begin().send(other, "elsewhere 3").commit();
            sendOffsets.sendOffsets(topic, 2, group).commit().abort();
            sendOffsets.begin().sendOffsets(topic, 3, group).commit();
            NotedProducer next =
                    stage.producer("next", "r", Map.of()).init().begin().send(topic, "next");
            replaced.commit().abort();
            next.commit();

            stage.describes();
            stage.committed(group.groupId(), topic);
            stage.producersOf(topic);
            stage.reads();
        });
    }
}
