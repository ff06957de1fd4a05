package dev.klamm.conformance;

import dev.klamm.conformance.TotalsProgram.Total;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads what {@link TotalsProgram} has committed, from the beginning, and checks each step: a key's count goes up by one each
 * time, with no number left out, counted twice or taken back.
 */
final class TotalsReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int MOST_WRONG = 10;

    private final Consumer<Integer, String> consumer;
    private final List<TopicPartition> partitions;
    private final Map<Integer, Total> totals = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();
    private long read;

    TotalsReader(String bootstrapServers, int partitions) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "none",
                        "reconnect.backoff.max.ms",
                        100),
                new IntegerDeserializer(),
                new StringDeserializer());
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(it -> new TopicPartition(TotalsProgram.TOTALS, it))
                .toList();
        consumer.assign(this.partitions);
        this.partitions.forEach(partition -> consumer.seek(partition, 0));
    }

    /** @return how many there have been */
    long poll() {
        consumer.poll(POLL).forEach(this::take);
        return read;
    }

    private void take(ConsumerRecord<Integer, String> record) {
        read++;
        Total before = totals.getOrDefault(record.key(), Total.NONE);
        Total now = Total.parse(record.value());
        totals.put(record.key(), now);
        if (now.count() != before.count() + 1 && wrong.size() < MOST_WRONG) {
            wrong.add("key " + record.key() + " went from " + before + " to " + now + " at " + record.topic() + "-"
                    + record.partition() + "@" + record.offset());
        }
    }

    /** Reads on up to where the topic ends for now, open transactions not counted. */
    long toEnd() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            poll();
        }
        return read;
    }

    Map<Integer, Total> totals() {
        return totals;
    }

    /** Steps that can't be; the first ones. */
    List<String> wrong() {
        return wrong;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
