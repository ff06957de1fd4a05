package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;

import dev.klamm.conformance.Event.Found;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Asks again and again where logs start and end, and reads what is between: all of it, or what is newest. */
final class Auditor extends Actor {
    private static final int NEWEST = 500;
    private static final int LONGEST_PAUSE_MS = 500;

    /** One audit in so many is of whole logs. */
    private static final int WHOLE = 10;

    private final KillTopics topics;
    private final History history;
    private final Random random;
    private final StampedConsumer consumer;

    Auditor(KillTopics topics, History history, Random random, String bootstrapServers, Alarm alarm) {
        super("audit", alarm);
        this.topics = topics;
        this.history = history;
        this.random = random;
        consumer = new StampedConsumer(bootstrapServers, Map.of(), 0);
    }

    @Override
    void step() throws InterruptedException {
        audit(consumer, topics.logs(), random.nextInt(WHOLE) == 0 ? Integer.MAX_VALUE : NEWEST, history);
        pause(random.nextInt(LONGEST_PAUSE_MS));
    }

    @Override
    void end() {
        consumer.close();
    }

    /** @param newest how many records of each log, at most */
    static void audit(StampedConsumer consumer, List<LogName> logs, int newest, History history) {
        int audit = history.newQuestion();
        history.add(new Event.AuditAsked(audit, logs));
        List<TopicPartition> partitions =
                logs.stream().map(StampedConsumer::partition).toList();
        var client = consumer.client;
        Map<TopicPartition, Long> from = client.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = client.endOffsets(partitions);
        from.replaceAll((partition, start) -> Math.max(start, of(partition, ends) - newest));
        client.assign(partitions);
        client.resume(partitions);
        from.forEach(client::seek);
        Map<LogName, List<Found>> found = readTo(consumer, ends);
        Map<TopicPartition, Long> starts = client.beginningOffsets(partitions);
        for (LogName log : logs) {
            TopicPartition partition = StampedConsumer.partition(log);
            long start = of(partition, starts);
            long first = Math.max(start, of(partition, from));
            long end = of(partition, ends);
            List<Found> records = found.getOrDefault(log, List.of()).stream()
                    .filter(record -> record.offset() >= first && record.offset() < end)
                    .toList();
            history.add(new Event.Audited(audit, log, start, first, end, records));
        }
    }

    /**
     * Reads all that is committed in these logs, when nobody writes any more.
     *
     * @param consumer a read_committed one
     */
    static void auditCommitted(StampedConsumer consumer, List<LogName> logs, Admin admin, History history) {
        List<TopicPartition> partitions =
                logs.stream().map(StampedConsumer::partition).toList();
        Map<TopicPartition, Long> ends = consumer.client.endOffsets(partitions);
        consumer.client.assign(partitions);
        consumer.client.seekToBeginning(partitions);
        Map<LogName, List<Found>> found = readTo(consumer, ends);
        for (LogName log : logs) {
            TopicPartition partition = StampedConsumer.partition(log);
            long highWatermark = Reference.get(admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                            .partitionResult(partition))
                    .offset();
            history.add(new Event.AuditedCommitted(
                    log, of(partition, ends), highWatermark, found.getOrDefault(log, List.of())));
        }
    }

    private static long of(TopicPartition partition, Map<TopicPartition, Long> offsets) {
        return requireNonNull(offsets.get(partition), "the broker left one out of its answer");
    }

    private static Map<LogName, List<Found>> readTo(StampedConsumer consumer, Map<TopicPartition, Long> ends) {
        Map<LogName, List<Found>> found = new HashMap<>();
        Map<TopicPartition, Long> left = new HashMap<>(ends);
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (true) {
            left.entrySet().removeIf(end -> consumer.client.position(end.getKey()) >= end.getValue());
            if (left.isEmpty()) {
                return found;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("an audit could not read up to " + left);
            }
            consumer.client.pause(ends.keySet().stream()
                    .filter(partition -> !left.containsKey(partition))
                    .toList());
            consumer.poll()
                    .forEach((log, records) ->
                            found.computeIfAbsent(log, _ -> new ArrayList<>()).addAll(records));
        }
    }
}
