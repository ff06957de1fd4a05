package dev.klamm.conformance;

import java.util.List;
import java.util.Random;
import org.apache.kafka.common.KafkaException;

/** Sends to several partitions in each transaction, and commits it, or aborts it, or dies, or comes too late. */
final class TransactionalSender extends Actor {
    private static final int TIMEOUT_MS = 3_000;
    private static final int MOST_RECORDS = 15;
    private static final int LONGEST_PAUSE_MS = 30;
    private static final int LONGEST_DYING_MS = 6;

    private final KillTopics topics;
    private final Random random;
    private final TransactionalProducer producer;

    TransactionalSender(
            String name, KillTopics topics, History history, Random random, String bootstrapServers, Alarm alarm) {
        super(name, alarm);
        this.topics = topics;
        this.random = random;
        producer = new TransactionalProducer(name, TIMEOUT_MS, history, bootstrapServers);
    }

    @Override
    void step() throws InterruptedException {
        producer.begin();
        List<LogName> logs = topics.ledger();
        try {
            for (int left = 1 + random.nextInt(MOST_RECORDS); left > 0; left--) {
                producer.send(producer.newStamp(logs.get(random.nextInt(logs.size()))));
            }
            pause(random.nextInt(LONGEST_PAUSE_MS));
            end(random.nextInt(100));
        } catch (KafkaException e) {
            // The broker was away for longer than the transaction may take, or has forgotten what was not on disk.
            producer.giveUp();
        }
    }

    private void end(int chance) throws InterruptedException {
        if (chance < 60) {
            producer.commit();
        } else if (chance < 77) {
            producer.abort();
        } else if (chance < 92) {
            producer.dieCommitting(random.nextInt(LONGEST_DYING_MS));
        } else if (chance < 96) {
            producer.abandon();
        } else if (chance < 98) {
            producer.commitTooLate();
        } else {
            pause(TIMEOUT_MS + 1_000);
            producer.commit();
        }
    }

    @Override
    void end() {
        producer.close();
    }
}
