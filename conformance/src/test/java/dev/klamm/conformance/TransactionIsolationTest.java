package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What readers of both isolation levels find, and where they find the end, while transactions come and go. */
@ComparedWithKafka
final class TransactionIsolationTest {
    private final Comparison both;

    TransactionIsolationTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void interleavedTransactions() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer one = stage.producer("one", "one", Map.of()).init().begin();
            NotedProducer two = stage.producer("two", "two", Map.of()).init().begin();
            one.send(topic, "a1");
            two.send(topic, "b1");
            one.send(topic, "a2");
            two.send(topic, "b2");
            stage.reads();
            two.commit();
            // What is committed stays hidden behind what is open and began before it.
            stage.reads();
            one.abort();
            stage.reads();
            two.begin().send(topic, "b3");
            one.begin().send(topic, "a3").commit();
            stage.reads();
            two.abort();
            stage.reads();
            stage.producersOf(topic);
        });
    }

    @Test
    void onePartitionAfterAnother() {
        both.play(stage -> {
            List<TopicPartition> topic = stage.topic("topic", 3, Map.of());
            NotedProducer producer = stage.producer("producer").init().begin();
            producer.send(topic.get(0), "a").send(topic.get(1), "b");
            stage.describes();
            stage.reads();
            producer.commit();
            stage.reads();
            producer.begin().send(topic.get(1), "c").send(topic.get(2), "d").abort();
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void abortedOnesBetween() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            for (int i = 0; i < 6; i++) {
                producer.begin().send(topic, i + "a", i + "b");
                if (i % 2 == 0) {
                    producer.commit();
                } else {
                    producer.abort();
                }
            }
            stage.reads();
            for (int from = 1; from < 18; from += 3) {
                stage.reads(topic, IsolationLevel.READ_COMMITTED, from);
            }
        });
    }

    @Test
    void recordsOfNoTransactionAmongThem() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            NotedProducer plain = stage.plainProducer("plain");
            plain.send(topic, "1");
            producer.begin().send(topic, "a");
            plain.send(topic, "2");
            stage.reads();
            producer.abort();
            plain.send(topic, "3");
            producer.begin().send(topic, "b");
            plain.send(topic, "4");
            producer.commit();
            stage.reads();
        });
    }

    @Test
    void offsetsByTimeAndByIsolation() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin();
            at(producer, topic, 1_000);
            at(producer, topic, 2_000);
            producer.commit().begin();
            at(producer, topic, 3_000);
            stage.settle();
            offsets(stage, topic);
            producer.abort();
            stage.settle();
            offsets(stage, topic);
        });
    }

    private static void at(NotedProducer producer, TopicPartition topic, long timestampMs) {
        producer.send(new ProducerRecord<>(topic.topic(), 0, timestampMs, "key", "x"), "one of " + timestampMs);
    }

    private static void offsets(Stage stage, TopicPartition topic) {
        Map<String, OffsetSpec> specs = Map.of(
                "earliest", OffsetSpec.earliest(),
                "latest", OffsetSpec.latest(),
                "highest", OffsetSpec.maxTimestamp(),
                "of 1000", OffsetSpec.forTimestamp(1_000),
                "of 2500", OffsetSpec.forTimestamp(2_500),
                "of 3500", OffsetSpec.forTimestamp(3_500));
        specs.keySet().stream().sorted().forEach(name -> {
            for (IsolationLevel isolation : IsolationLevel.values()) {
                stage.note(isolation + " offset " + name, () -> {
                    var result = stage.admin()
                            .listOffsets(
                                    Map.of(topic, requireNonNull(specs.get(name))), new ListOffsetsOptions(isolation))
                            .partitionResult(topic)
                            .get();
                    // The timestamp of a marker is the broker's time.
                    return result.offset()
                            + (result.timestamp() < 10_000 ? " at " + result.timestamp() : " at a marker");
                });
            }
        });
    }

    @Test
    void recordsDeletedInTheMiddleOfATransaction() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().send(topic, "a").abort().begin().send(topic, "b", "c", "d");
            stage.note("records deleted", () -> {
                var result = stage.admin().deleteRecords(Map.of(topic, RecordsToDelete.beforeOffset(3)));
                return requireNonNull(result.lowWatermarks().get(topic)).get().lowWatermark();
            });
            stage.reads(topic, IsolationLevel.READ_COMMITTED, 3);
            stage.reads(topic, IsolationLevel.READ_UNCOMMITTED, 3);
            stage.producersOf(topic);
            producer.commit();
            stage.settle();
            stage.reads(topic, IsolationLevel.READ_COMMITTED, 3);
            stage.reads(topic, IsolationLevel.READ_UNCOMMITTED, 3);
        });
    }

    @Test
    void compressedBatchesOfManyRecords() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            Map<String, Object> batching = Map.of("linger.ms", 60_000, "compression.type", "zstd");
            NotedProducer producer = stage.producer("producer", "tx", batching).init();
            for (boolean isCommitted : List.of(true, false, true)) {
                producer.begin();
                var last = producer.sendLater(topic, "0");
                for (int i = 1; i < 20; i++) {
                    last = producer.sendLater(topic, Integer.toString(i));
                }
                producer.flush().awaits(last);
                if (isCommitted) {
                    producer.commit();
                } else {
                    producer.abort();
                }
            }
            stage.reads();
            stage.reads(topic, IsolationLevel.READ_COMMITTED, 30);
        });
    }
}
