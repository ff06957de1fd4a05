package dev.klamm.conformance;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Calls in the wrong order, and records that are refused in the middle of a transaction. */
@ComparedWithKafka
final class TransactionMisuseTest {
    private final Comparison both;

    TransactionMisuseTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void callsInTheWrongOrder() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer");
            producer.begin().commit().abort().send(topic, "before the init");
            producer.init().init().commit().abort().send(topic, "outside");
            producer.sendOffsets(topic, 1, stage.group("group"));
            producer.begin().begin().send(topic, "a").commit().commit();
            producer.begin().abort().abort();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void callsAfterTheClose() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init().closeWell();
            producer.begin().send(topic, "a").commit().abort().init();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void emptyTransactions() {
        both.play(stage -> {
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().commit();
            stage.describes();
            producer.begin().abort();
            stage.describes();
            producer.begin().sendOffsets(Map.of(), stage.group("group")).commit();
            stage.describes();
        });
    }

    @Test
    void aTopicThatIsNotThere() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var missing = new TopicPartition(stage.name("missing"), 0);
            NotedProducer producer = stage.producer("producer", "tx", Map.of("max.block.ms", 1_000))
                    .init();
            producer.begin().send(topic, "a").send(missing, "b").commit().abort();
            producer.begin().send(topic, "c").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aPartitionThatIsNotThere() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var missing = new TopicPartition(topic.topic(), 1);
            NotedProducer producer = stage.producer("producer", "tx", Map.of("max.block.ms", 1_000))
                    .init();
            producer.begin().send(topic, "a").send(missing, "b").commit().abort();
            producer.begin().send(topic, "c").commit();
            stage.reads();
        });
    }

    @Test
    void aRecordThatTheProducerFindsTooLarge() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer", "tx", Map.of("max.request.size", 1_000))
                    .init();
            producer.begin().send(topic, "a");
            producer.send(record(topic, "key", "x".repeat(2_000)), "a large one");
            producer.send(topic, "b").commit().abort().begin().send(topic, "c").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aRecordThatTheBrokerFindsTooLarge() {
        both.play(stage -> {
            TopicPartition topic =
                    stage.topic("topic", 1, Map.of("max.message.bytes", "1000")).getFirst();
            NotedProducer producer = stage.producer("producer").init().begin().send(topic, "a");
            producer.send(record(topic, "key", "x".repeat(2_000)), "a large one");
            producer.send(topic, "b").commit().abort().begin().send(topic, "c").commit();
            stage.describes();
            stage.reads();
            stage.producersOf(topic);
        });
    }

    @Test
    void aRecordThatTheBrokerFindsTooLargeAsTheFirst() {
        both.play(stage -> {
            TopicPartition topic =
                    stage.topic("topic", 1, Map.of("max.message.bytes", "1000")).getFirst();
            NotedProducer producer = stage.producer("producer").init().begin();
            producer.send(record(topic, "key", "x".repeat(2_000)), "a large one");
            stage.describes();
            producer.commit().abort().begin().send(topic, "c").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aRecordWithoutAKeyForACompactedTopic() {
        both.play(stage -> {
            List<TopicPartition> topics = List.of(
                    stage.topic("compacted", 1, Map.of("cleanup.policy", "compact"))
                            .getFirst(),
                    stage.partition("other"));
            NotedProducer producer = stage.producer("producer").init().begin().send(topics.get(1), "a");
            producer.send(record(topics.get(0), null, "x"), "one without a key");
            producer.commit().abort().begin().send(topics.get(0), "b").commit();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aRecordFromTooFarAhead() {
        both.play(stage -> {
            Map<String, String> config = Map.of("message.timestamp.after.max.ms", "1000");
            TopicPartition topic = stage.topic("topic", 1, config).getFirst();
            NotedProducer producer = stage.producer("producer").init().begin().send(topic, "a");
            long future = System.currentTimeMillis() + 3_600_000;
            producer.send(new ProducerRecord<>(topic.topic(), 0, future, "key", "x"), "one of the future");
            producer.commit().abort().begin().send(topic, "b").commit();
            stage.reads();
        });
    }

    @Test
    void anEmptyTransactionalId() {
        both.play(stage -> {
            stage.note("a producer of an empty id", () -> {
                try (var producer = new NotedProducer("nameless", Map.of("transactional.id", ""), stage)) {
                    return producer;
                }
            });
        });
    }

    private static ProducerRecord<@Nullable String, String> record(
            TopicPartition topic, @Nullable String key, String value) {
        return new ProducerRecord<>(topic.topic(), topic.partition(), key, value);
    }
}
