package dev.klamm.conformance;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Reads all partitions as they grow, of no group: what it has been given must stay, and nothing may be left out. */
final class TailReader extends Actor {
    private final KillTopics topics;
    private final History history;
    private final StampedConsumer consumer;

    TailReader(KillTopics topics, History history, String bootstrapServers, Alarm alarm) {
        super("tail", alarm);
        this.topics = topics;
        this.history = history;
        consumer = new StampedConsumer(bootstrapServers, Map.of(), 0);
    }

    @Override
    void step() {
        List<LogName> logs = topics.logs();
        if (logs.size() > consumer.client.assignment().size()) {
            Set<TopicPartition> partitions = new HashSet<>();
            logs.forEach(log -> partitions.add(StampedConsumer.partition(log)));
            consumer.client.assign(partitions);
        }
        consumer.poll().forEach((log, records) -> history.add(new Event.Read("tail", log, records)));
    }

    @Override
    void end() {
        consumer.close();
    }
}
