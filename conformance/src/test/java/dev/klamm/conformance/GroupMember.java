package dev.klamm.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;

/** One of several members of a group: commits after each poll, partition by partition. */
final class GroupMember extends Actor {
    private final String group;
    private final List<String> topics;
    private final History history;
    private final StampedConsumer consumer;

    GroupMember(String group, int number, List<String> topics, History history, String bootstrapServers, Alarm alarm) {
        super(group + "-" + number, alarm);
        this.group = group;
        this.topics = topics;
        this.history = history;
        consumer = new StampedConsumer(bootstrapServers, Map.of("group.id", group, "retry.backoff.ms", 20), 0);
    }

    @Override
    void step() {
        if (consumer.client.subscription().isEmpty()) {
            consumer.client.subscribe(topics);
        }
        Map<LogName, Long> ends = new HashMap<>();
        consumer.poll().forEach((log, records) -> {
            history.add(new Event.Read(group, log, records));
            ends.put(log, records.getLast().offset() + 1);
        });
        for (var end : ends.entrySet()) {
            if (!commit(end.getKey(), end.getValue())) {
                return;
            }
        }
    }

    @Override
    void end() {
        consumer.close();
    }

    /** Gives back false if the broker is away, or has another generation by now; later commits will be as high and higher. */
    private boolean commit(LogName log, long offset) {
        TopicPartition partition = StampedConsumer.partition(log);
        history.add(new Event.CommitSent(group, log, offset));
        try {
            consumer.client.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
            history.add(new Event.CommitAcked(group, log, offset));
            return true;
        } catch (CommitFailedException | RebalanceInProgressException | RetriableException e) {
            return false;
        }
    }
}
