package dev.klamm.conformance;

import dev.klamm.conformance.Event.Guarantee;
import dev.klamm.conformance.Event.Transaction;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A transactional producer in a run of the crash harness: one transaction after the other, whatever becomes of each, and the
 * history of them all. When a client is of no use any more, the next one takes over its transactional id. For one thread.
 */
final class TransactionalProducer implements AutoCloseable {
    private final String name;
    private final int timeoutMs;
    private final History history;
    private final String bootstrapServers;
    private final Map<LogName, Long> next = new HashMap<>();
    private @Nullable KafkaProducer<byte[], byte[]> client;
    private Transaction transaction;

    TransactionalProducer(String name, int timeoutMs, History history, String bootstrapServers) {
        this.name = name;
        this.timeoutMs = timeoutMs;
        this.history = history;
        this.bootstrapServers = bootstrapServers;
        transaction = new Transaction(name, 0);
    }

    void begin() {
        client().beginTransaction();
        transaction = new Transaction(name, transaction.number() + 1);
    }

    /** A record that nobody has sent before. */
    Stamp newStamp(LogName log) {
        return new Stamp(log, name, next.merge(log, 1L, Long::sum) - 1);
    }

    /** @throws KafkaException if the transaction has failed; {@link #giveUp} it */
    void send(Stamp stamp) {
        history.add(new Event.Sent(stamp, Guarantee.TRANSACTIONAL));
        history.add(new Event.SentIn(transaction, stamp));
        var _ = client().send(stamp.toSend(false), (metadata, failure) -> {
            if (failure == null) {
                history.add(new Event.Acked(stamp, metadata.hasOffset() ? metadata.offset() : -1));
            } else {
                history.add(new Event.Failed(stamp, failure.toString()));
            }
        });
    }

    /** @throws KafkaException if the transaction has failed; {@link #giveUp} it */
    void sendOffsets(Map<LogName, Long> offsets, ConsumerGroupMetadata group) {
        Map<TopicPartition, OffsetAndMetadata> committing = new HashMap<>();
        offsets.forEach((log, offset) -> {
            history.add(new Event.OffsetSentIn(transaction, group.groupId(), log, offset));
            committing.put(StampedConsumer.partition(log), new OffsetAndMetadata(offset));
        });
        client().sendOffsetsToTransaction(committing, group);
    }

    /** @throws KafkaException if the transaction has failed, or perhaps not; {@link #giveUp} it */
    void commit() {
        end(true);
    }

    /** @throws KafkaException if that fails; {@link #giveUp} it */
    void abort() {
        end(false);
    }

    private void end(boolean isCommit) {
        history.add(new Event.EndSent(transaction, isCommit));
        if (isCommit) {
            client().commitTransaction();
        } else {
            client().abortTransaction();
        }
        history.add(new Event.EndAcked(transaction, isCommit));
    }

    /** Aborts what has failed, if the client can. */
    void giveUp() {
        try {
            client().abortTransaction();
        } catch (KafkaException | IllegalStateException e) {
            // It cannot, or it has nothing to abort: the next client begins with that.
            abandon();
        }
    }

    /** As a process does that dies in the middle of its transaction. */
    void abandon() {
        if (client != null) {
            client.close(Duration.ZERO);
            client = null;
        }
    }

    /** As a process does that dies while it commits, so long after it has asked for that. */
    void dieCommitting(long afterMs) throws InterruptedException {
        history.add(new Event.EndSent(transaction, true));
        KafkaProducer<byte[], byte[]> dying = client();
        client = null;
        Thread committing = Thread.ofVirtual().start(() -> {
            try {
                dying.commitTransaction();
            } catch (KafkaException | IllegalStateException e) {
                // Nobody is there any more to hear of it.
            }
        });
        boolean isDone = committing.join(Duration.ofMillis(afterMs));
        dying.close(Duration.ZERO);
        if (!isDone) {
            committing.join();
        }
    }

    /** Has the next client take over, and only then commits with this one, which must not succeed. */
    void commitTooLate() {
        KafkaProducer<byte[], byte[]> zombie = client();
        client = null;
        takeOver();
        try {
            zombie.commitTransaction();
            throw new AssertionError(transaction + " was committed by a producer that was fenced");
        } catch (KafkaException e) {
            // So it must be.
        } finally {
            zombie.close(Duration.ZERO);
        }
    }

    /** After this, nothing of earlier clients is undecided. */
    void takeOver() {
        client();
    }

    /** Leaves nothing undecided. */
    @Override
    public void close() {
        abandon();
        takeOver();
        abandon();
    }

    /** The client that there is, or the next one. */
    private KafkaProducer<byte[], byte[]> client() {
        if (client == null) {
            Map<String, Object> config = Sender.config(bootstrapServers, Guarantee.ONCE);
            config.put("transactional.id", name);
            config.put("transaction.timeout.ms", timeoutMs);
            var starting = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
            starting.initTransactions();
            client = starting;
        }
        return client;
    }
}
