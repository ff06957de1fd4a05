package dev.klamm.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What an administrator does meanwhile: adds partitions, deletes records, looks at topics and at committed offsets. */
final class AdminWork extends Actor {
    private static final int MOST_PARTITIONS = 6;
    private static final int LONGEST_PAUSE_MS = 300;

    private final String group;
    private final KillTopics topics;
    private final History history;
    private final Random random;
    private final Admin admin;

    AdminWork(String group, KillTopics topics, History history, Random random, Admin admin, Alarm alarm) {
        super("admin", alarm);
        this.group = group;
        this.topics = topics;
        this.history = history;
        this.random = random;
        this.admin = admin;
    }

    @Override
    void step() throws InterruptedException {
        switch (random.nextInt(8)) {
            case 0 -> grow();
            case 1, 2 -> trim();
            case 3, 4 -> lookAtTopics(topics.names(), admin, history);
            default -> lookAtCommits(group, admin, history);
        }
        pause(random.nextInt(LONGEST_PAUSE_MS));
    }

    @Override
    void end() {}

    private void grow() {
        List<LogName> growing = topics.growing();
        int partitions = growing.size() + 1;
        if (partitions > MOST_PARTITIONS) {
            return;
        }
        String topic = growing.getFirst().topic();
        history.add(new Event.TopicSent(topic, 0, partitions, Event.Keeps.ALL));
        Answers.of(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
                        .all())
                .orIfItWasDoneBefore(InvalidPartitionsException.class);
        history.add(new Event.TopicAcked(topic, 0, partitions));
        topics.grew(new LogName(topic, 0, partitions - 1));
    }

    private void trim() {
        List<LogName> trimmed = topics.trimmed();
        LogName log = trimmed.get(random.nextInt(trimmed.size()));
        TopicPartition partition = StampedConsumer.partition(log);
        long end = Reference.get(admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                        .partitionResult(partition))
                .offset();
        long start = Reference.get(admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                        .partitionResult(partition))
                .offset();
        long before = start + random.nextLong(end - start + 1) / 2;
        history.add(new Event.DeleteRecordsSent(log, before));
        Reference.get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                .all());
        history.add(new Event.DeleteRecordsAcked(log, before));
    }

    static void lookAtTopics(List<String> names, Admin admin, History history) {
        int question = history.newQuestion();
        history.add(new Event.TopicsAsked(question));
        Map<String, Integer> partitions = new HashMap<>();
        admin.describeTopics(names).topicNameValues().forEach((name, answer) -> {
            try {
                partitions.put(name, answer.get().partitions().size());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw new AssertionError(e.getCause());
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted while waiting for the broker", e);
            }
        });
        history.add(new Event.Topics(question, partitions));
    }

    static void lookAtCommits(String group, Admin admin, History history) {
        int question = history.newQuestion();
        history.add(new Event.CommitsAsked(question, group));
        Map<LogName, Long> offsets = new HashMap<>();
        Reference.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .forEach((partition, commit) ->
                        offsets.put(new LogName(partition.topic(), 0, partition.partition()), commit.offset()));
        history.add(new Event.Commits(question, group, offsets));
    }
}
