package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A transactional producer whose every call is noted, with its outcome. */
final class NotedProducer implements AutoCloseable {
    final KafkaProducer<@Nullable String, String> client;
    private final String name;
    private final Stage stage;
    private int asked;

    /** @param config what differs from the usual one, the transactional id included */
    NotedProducer(String name, Map<String, Object> config, Stage stage) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "bootstrap.servers", stage.bootstrapServers(),
                "linger.ms", 0,
                "max.block.ms", Program.PATIENCE.toMillis(),
                "retry.backoff.ms", 20,
                "metadata.max.age.ms", 1_000));
        all.putAll(config);
        client = new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
        this.name = name;
        this.stage = stage;
    }

    NotedProducer init() {
        return note("inits", client::initTransactions);
    }

    NotedProducer begin() {
        return note("begins", client::beginTransaction);
    }

    /** Waits for the markers, so that what others write then comes behind them on every broker. */
    NotedProducer commit() {
        note("commits", client::commitTransaction);
        stage.settle();
        return this;
    }

    /** Waits for the markers, too. */
    NotedProducer abort() {
        note("aborts", client::abortTransaction);
        stage.settle();
        return this;
    }

    NotedProducer flush() {
        return note("flushes", client::flush);
    }

    /** Waits for the answer. */
    NotedProducer send(TopicPartition to, String... values) {
        for (String value : values) {
            send(new ProducerRecord<>(to.topic(), to.partition(), "key", value), value);
        }
        return this;
    }

    NotedProducer send(ProducerRecord<@Nullable String, String> record, String called) {
        stage.note(
                name + " sends " + called + " to " + record.topic() + "-" + record.partition(),
                () -> "at " + await(client.send(record)).offset());
        awaitSender();
        return this;
    }

    /** Does not wait: what becomes of it is noted by {@link #await}. */
    Future<RecordMetadata> sendLater(TopicPartition to, String value) {
        return client.send(new ProducerRecord<>(to.topic(), to.partition(), "key", value));
    }

    /** Waits for what {@link #sendLater} has begun. */
    NotedProducer awaits(Future<RecordMetadata> sent) {
        stage.note(name + " awaits", () -> "at " + await(sent).offset());
        awaitSender();
        return this;
    }

    NotedProducer sendOffsets(TopicPartition partition, long offset, ConsumerGroupMetadata group) {
        return sendOffsets(Map.of(partition, new OffsetAndMetadata(offset)), group);
    }

    NotedProducer sendOffsets(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        // Member ids are random.
        String from = group.groupId() + ", generation " + group.generationId();
        return note(
                "sends offsets " + List.copyOf(offsets.keySet()) + " of " + from,
                () -> client.sendOffsetsToTransaction(offsets, group));
    }

    /** As a process that ends in good order does. */
    NotedProducer closeWell() {
        return note("closes", client::close);
    }

    @Override
    public void close() {
        client.close(Duration.ZERO);
    }

    /**
     * Waits until the producer's own thread has done all that follows from the last answer: it fails the record first and
     * goes into its error state then, so that what the next call throws would depend on who is faster. A name that no topic
     * can have is asked for by that thread, and never twice the same.
     */
    private void awaitSender() {
        boolean isThere = false;
        while (!isThere) {
            try {
                client.partitionsFor("no topic's name " + asked++);
                throw new AssertionError("a topic has that name");
            } catch (InvalidTopicException e) {
                isThere = true;
            } catch (TimeoutException e) {
                // It has much to do, and the producer little time for each call.
                isThere = false;
            } catch (KafkaException e) {
                // It has ended, since the producer is closed.
                assertThat(e).hasMessageContaining("after close");
                isThere = true;
            }
        }
    }

    private static RecordMetadata await(Future<RecordMetadata> sent) throws Exception {
        return sent.get(Program.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private NotedProducer note(String verb, Runnable call) {
        stage.note(name + " " + verb, () -> {
            call.run();
            return "done";
        });
        return this;
    }
}
