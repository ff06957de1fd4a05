package dev.klamm.conformance;

import java.util.Map;

/** Reads what is committed as it comes, of no group: never what is aborted, never half of what is committed. */
final class CommittedReader extends Actor {
    static final Map<String, Object> CONFIG = Map.of("isolation.level", "read_committed");

    private final KillTopics topics;
    private final History history;
    private final StampedConsumer consumer;

    CommittedReader(KillTopics topics, History history, String bootstrapServers, Alarm alarm) {
        super("committed", alarm);
        this.topics = topics;
        this.history = history;
        consumer = new StampedConsumer(bootstrapServers, CONFIG, 0);
    }

    @Override
    void step() {
        if (consumer.client.assignment().isEmpty()) {
            consumer.client.assign(topics.transactional().stream()
                    .map(StampedConsumer::partition)
                    .toList());
        }
        consumer.poll().forEach((log, records) -> history.add(new Event.ReadCommitted("committed", log, records)));
    }

    @Override
    void end() {
        consumer.close();
    }
}
