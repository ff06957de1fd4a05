package dev.klamm.conformance;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets that are committed in a transaction: when they are seen, and whose are refused. */
@ComparedWithKafka
final class TransactionalOffsetsTest {
    private final Comparison both;

    TransactionalOffsetsTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void areSeenAfterTheCommit() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            NotedProducer producer = stage.producer("producer").init().begin().sendOffsets(topic, 5, group);
            stage.describes();
            stage.committed(group.groupId(), topic);
            producer.sendOffsets(topic, 6, group);
            stage.committed(group.groupId(), topic);
            producer.commit();
            stage.committed(group.groupId(), topic);
            producer.begin().sendOffsets(topic, 7, group);
            stage.committed(group.groupId(), topic);
            producer.abort();
            stage.committed(group.groupId(), topic);
            stage.describes();
        });
    }

    @Test
    void holdUpAConsumerThatAsksForItsPosition() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            KafkaConsumer<String, String> consumer = consumer(stage, Map.of());
            NotedProducer producer = stage.producer("producer").init().begin().sendOffsets(topic, 5, group);
            stage.note(
                    "a consumer asks for its offset", () -> consumer.committed(Set.of(topic), Duration.ofMillis(300)));
            producer.commit();
            stage.settle();
            stage.note("a consumer asks again", () -> consumer.committed(Set.of(topic)));
        });
    }

    @Test
    void ofTwoTransactionsAtATime() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            NotedProducer one = stage.producer("one", "one", Map.of()).init().begin();
            NotedProducer two = stage.producer("two", "two", Map.of()).init().begin();
            one.sendOffsets(topic, 1, group);
            two.sendOffsets(topic, 2, group);
            two.commit();
            stage.committed(group.groupId(), topic);
            one.commit();
            stage.committed(group.groupId(), topic);
            one.begin().sendOffsets(topic, 3, group);
            two.begin().sendOffsets(topic, 4, group);
            one.abort();
            stage.committed(group.groupId(), topic);
            two.commit();
            stage.committed(group.groupId(), topic);
        });
    }

    @Test
    void withAnotherCommitBetweenThem() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            KafkaConsumer<String, String> consumer = consumer(stage, Map.of());
            consumer.assign(List.of(topic));
            NotedProducer producer = stage.producer("producer").init().begin().sendOffsets(topic, 5, group);
            stage.note("a consumer commits", () -> {
                consumer.commitSync(Map.of(topic, new OffsetAndMetadata(3, "by the consumer")));
                return "done";
            });
            stage.committed(group.groupId(), topic);
            // Whose record came later in the log is what counts, not whose transaction ended later.
            producer.commit();
            stage.committed(group.groupId(), topic);
        });
    }

    @Test
    void ofTwoGroupsInOneTransactionWithRecords() {
        both.play(stage -> {
            List<TopicPartition> topic = stage.topic("topic", 2, Map.of());
            var one = stage.group("one");
            var two = stage.group("two");
            NotedProducer producer = stage.producer("producer").init().begin().send(topic.get(0), "a");
            producer.sendOffsets(topic.get(0), 1, one)
                    .sendOffsets(topic.get(1), 2, two)
                    .send(topic.get(1), "b");
            stage.describes();
            producer.commit();
            stage.committed(one.groupId(), topic.get(0));
            stage.committed(one.groupId(), topic.get(1));
            stage.committed(two.groupId(), topic.get(1));
            stage.reads();
        });
    }

    @Test
    void ofAMemberThatTheGroupDoesNotHave() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().sendOffsets(topic, 1, stage.group("none", 5, "", Optional.empty()));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 1, stage.group("none", 5, "nobody", Optional.empty()));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 1, stage.group("none", -1, "nobody", Optional.empty()));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 1, stage.group("none", 5, "nobody", Optional.of("instance")));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 2, stage.group("none")).commit();
            stage.committed(stage.name("none"), topic);
            stage.describes();
        });
    }

    @Test
    void ofAnEmptyGroupId() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init().begin();
            producer.sendOffsets(topic, 1, stage.nameless()).commit().abort();
            stage.describes();
        });
    }

    @ParameterizedTest(name = "group.protocol {0}")
    @ValueSource(strings = {"classic", "consumer"})
    void ofAMemberAndOfOnesThatAreNoMore(String protocol) {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            stage.producer("source", "source", Map.of())
                    .init()
                    .begin()
                    .send(topic, "a")
                    .commit();
            stage.settle();
            KafkaConsumer<String, String> member = member(stage, topic, Map.of("group.protocol", protocol));
            var now = member.groupMetadata();
            int generation = now.generationId();
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().sendOffsets(topic, 1, now).commit();
            stage.committed(now.groupId(), topic);
            producer.begin()
                    .sendOffsets(topic, 2, stage.group("group", generation - 1, now.memberId(), Optional.empty()));
            producer.commit().abort();
            producer.begin()
                    .sendOffsets(topic, 3, stage.group("group", generation + 1, now.memberId(), Optional.empty()));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 4, stage.group("group", generation, "nobody", Optional.empty()));
            producer.commit().abort();
            producer.begin().sendOffsets(topic, 5, stage.group("group", -1, "", Optional.empty()));
            producer.commit().abort();
            member.close();
            producer.begin().sendOffsets(topic, 6, now);
            producer.commit().abort();
            stage.committed(now.groupId(), topic);
        });
    }

    @Test
    void ofAStaticMemberThatWasReplaced() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            Map<String, Object> isStatic = Map.of("group.instance.id", "instance");
            var before = member(stage, topic, isStatic).groupMetadata();
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().sendOffsets(topic, 1, before).commit();
            var after = member(stage, topic, isStatic).groupMetadata();
            producer.begin().sendOffsets(topic, 2, before).commit().abort();
            producer.begin().sendOffsets(topic, 3, after).commit();
            stage.committed(after.groupId(), topic);
        });
    }

    @Test
    void ofATopicThatIsNotThere() {
        both.play(stage -> {
            var missing = new TopicPartition(stage.name("missing"), 3);
            var group = stage.group("group");
            NotedProducer producer = stage.producer("producer", "tx", Map.of("max.block.ms", 1_000))
                    .init();
            producer.begin().sendOffsets(missing, 1, group).commit().abort();
            stage.committed(group.groupId(), missing);
        });
    }

    @Test
    void withMetadataThatIsTooLarge() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            var large = new OffsetAndMetadata(1, "x".repeat(5_000));
            NotedProducer producer = stage.producer("producer").init();
            producer.begin().sendOffsets(Map.of(topic, large), group).commit().abort();
            producer.begin().sendOffsets(topic, 2, group).commit();
            stage.committed(group.groupId(), topic);
        });
    }

    @Test
    void whoseGroupIsDeletedMeanwhile() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var group = stage.group("group");
            NotedProducer producer = stage.producer("producer")
                    .init()
                    .begin()
                    .sendOffsets(topic, 1, group)
                    .commit();
            stage.settle();
            producer.begin().sendOffsets(topic, 2, group);
            stage.note(
                    "offset deleted",
                    () -> stage.admin()
                            .deleteConsumerGroupOffsets(group.groupId(), Set.of(topic))
                            .partitionResult(topic)
                            .get());
            stage.committed(group.groupId(), topic);
            stage.note(
                    "group deleted",
                    () -> stage.admin()
                            .deleteConsumerGroups(List.of(group.groupId()))
                            .all()
                            .get());
            stage.committed(group.groupId(), topic);
            producer.commit();
            stage.committed(group.groupId(), topic);
        });
    }

    private static KafkaConsumer<String, String> member(Stage stage, TopicPartition topic, Map<String, Object> more) {
        KafkaConsumer<String, String> member = consumer(stage, more);
        member.subscribe(List.of(topic.topic()));
        Eventually.await(
                "an assignment",
                () -> {
                    member.poll(Duration.ofMillis(20));
                    return member.assignment();
                },
                assignment -> !assignment.isEmpty());
        return member;
    }

    private static KafkaConsumer<String, String> consumer(Stage stage, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", stage.bootstrapServers());
        config.put("group.id", stage.name("group"));
        config.put("enable.auto.commit", false);
        return stage.keep(new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer()));
    }
}
