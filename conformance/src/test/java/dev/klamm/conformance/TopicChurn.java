package dev.klamm.conformance;

import dev.klamm.conformance.Event.Guarantee;
import dev.klamm.conformance.Event.Keeps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes a topic, fills it, perhaps reads it again, deletes it while it is written to, and begins anew with the same name. */
final class TopicChurn extends Actor {
    private static final int PARTITIONS = 2;
    private static final int MOST_RECORDS = 400;

    private final String topic;
    private final History history;
    private final Random random;
    private final String bootstrapServers;
    private final Admin admin;
    private int incarnation;

    TopicChurn(String topic, History history, Random random, String bootstrapServers, Admin admin, Alarm alarm) {
        super("churn", alarm);
        this.topic = topic;
        this.history = history;
        this.random = random;
        this.bootstrapServers = bootstrapServers;
        this.admin = admin;
    }

    @Override
    void step() {
        create();
        // A new producer, since one that was there before would first have to learn that the topic is another one.
        try (var producer = new KafkaProducer<>(
                Sender.config(bootstrapServers, Guarantee.ONCE),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            send(producer, 0, random.nextInt(MOST_RECORDS));
            producer.flush();
            if (random.nextBoolean()) {
                audit();
            }
            send(producer, MOST_RECORDS, MOST_RECORDS + random.nextInt(MOST_RECORDS));
            delete();
            producer.close(Duration.ZERO);
        }
        incarnation++;
    }

    @Override
    void end() {}

    private void create() {
        history.add(new Event.TopicSent(topic, incarnation, PARTITIONS, Keeps.ALL));
        var newTopic = new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty());
        Answers.of(admin.createTopics(List.of(newTopic)).all()).orIfItWasDoneBefore(TopicExistsException.class);
        history.add(new Event.TopicAcked(topic, incarnation, PARTITIONS));
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long from, long to) {
        for (long number = from; number < to; number++) {
            var log = new LogName(topic, incarnation, (int) (number % PARTITIONS));
            var stamp = new Stamp(log, "churn", number);
            history.add(new Event.Sent(stamp, Guarantee.ONCE));
            var _ = producer.send(stamp.toSend(false), (metadata, failure) -> {
                if (failure == null) {
                    history.add(new Event.Acked(stamp, metadata.hasOffset() ? metadata.offset() : -1));
                } else {
                    history.add(new Event.Failed(stamp, failure.toString()));
                }
            });
        }
    }

    private void audit() {
        List<LogName> logs = List.of(new LogName(topic, incarnation, 0), new LogName(topic, incarnation, 1));
        try (var consumer = new StampedConsumer(bootstrapServers, Map.of(), incarnation)) {
            Auditor.audit(consumer, logs, Integer.MAX_VALUE, history);
        }
    }

    private void delete() {
        history.add(new Event.DeletionSent(topic, incarnation));
        Answers.of(admin.deleteTopics(List.of(topic)).all())
                .orIfItWasDoneBefore(UnknownTopicOrPartitionException.class);
        history.add(new Event.DeletionAcked(topic, incarnation));
    }
}
