package dev.klamm.conformance;

import dev.klamm.conformance.Event.Found;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * A program of a group that makes one record of each that it reads, and commits what it has written and how far it has read
 * in one transaction.
 */
final class ReadProcessWrite extends Actor {
    private static final int TIMEOUT_MS = 20_000;
    private static final int MOST_AT_ONCE = 50;
    private static final int LONGEST_DYING_MS = 6;

    private final KillTopics topics;
    private final History history;
    private final Random random;
    private final StampedConsumer consumer;
    private final TransactionalProducer producer;

    ReadProcessWrite(
            String group,
            int number,
            KillTopics topics,
            History history,
            Random random,
            String bootstrapServers,
            Alarm alarm) {
        super(group + "-" + number, alarm);
        this.topics = topics;
        this.history = history;
        this.random = random;
        consumer = new StampedConsumer(
                bootstrapServers,
                Map.of(
                        "group.id",
                        group,
                        "isolation.level",
                        "read_committed",
                        "max.poll.records",
                        MOST_AT_ONCE,
                        "retry.backoff.ms",
                        20),
                0);
        producer = new TransactionalProducer(group + "-" + number, TIMEOUT_MS, history, bootstrapServers);
    }

    @Override
    void step() throws InterruptedException {
        if (consumer.client.subscription().isEmpty()) {
            consumer.client.subscribe(List.of(topics.input()));
        }
        Map<LogName, List<Found>> read = consumer.poll();
        if (read.isEmpty()) {
            return;
        }
        producer.begin();
        try {
            read.forEach((log, records) -> records.forEach(record -> write(log, record.offset())));
            Map<LogName, Long> ends = new HashMap<>();
            read.forEach((log, records) -> ends.put(log, records.getLast().offset() + 1));
            producer.sendOffsets(ends, consumer.client.groupMetadata());
            end(random.nextInt(100));
        } catch (KafkaException e) {
            producer.giveUp();
            rewind();
        }
    }

    private void write(LogName log, long offset) {
        List<LogName> output = topics.output();
        Stamp stamp = producer.newStamp(output.get(random.nextInt(output.size())));
        history.add(new Event.MadeOf(stamp, log, offset));
        producer.send(stamp);
    }

    private void end(int chance) throws InterruptedException {
        if (chance < 75) {
            producer.commit();
            return;
        }
        if (chance < 85) {
            producer.abort();
        } else if (chance < 92) {
            producer.dieCommitting(random.nextInt(LONGEST_DYING_MS));
        } else if (chance < 96) {
            producer.abandon();
        } else {
            producer.commitTooLate();
        }
        rewind();
    }

    /** To where the group has come: what was read since then is to be read again. */
    private void rewind() {
        // Else the group's offsets are not to be known until what is open times out.
        producer.takeOver();
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.client.committed(consumer.client.assignment());
        for (TopicPartition partition : consumer.client.assignment()) {
            OffsetAndMetadata offset = committed.get(partition);
            consumer.client.seek(partition, offset == null ? 0 : offset.offset());
        }
    }

    @Override
    void end() {
        producer.close();
        consumer.close();
    }
}
