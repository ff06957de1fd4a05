package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/** One run of the demo: a sender, members of a new group that count what it sends, and what came of it so far. */
final class RideRun {

    private final Admin admin;
    private final List<TopicPartition> partitions;
    private final RideSource rides;
    private final RideSender sender;
    private final RideTally tally = new RideTally();
    private final List<RideCounter> counters = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final long startNanos = System.nanoTime();
    /** Where each partition ended when all rides were acknowledged; empty before. */
    private Map<TopicPartition, Long> ends = Map.of();

    /**
     * Starts it.
     *
     * @param settings makes new settings for a client each time
     * @param name of the run, and of its group
     */
    RideRun(
            Supplier<Map<String, Object>> settings,
            Admin admin,
            List<TopicPartition> partitions,
            RideSource rides,
            Pace pace,
            int members,
            String name) {
        this.admin = admin;
        this.partitions = partitions;
        this.rides = rides;
        String topic = partitions.getFirst().topic();
        commitEnds(name);
        sender = new RideSender(settings.get(), topic, name, rides, pace);
        var lastCommits = new CountDownLatch(members);
        for (int member = 1; member <= members; member++) {
            Map<String, Object> own = settings.get();
            own.put(ConsumerConfig.GROUP_ID_CONFIG, name);
            own.put(ConsumerConfig.CLIENT_ID_CONFIG, "member-" + member);
            counters.add(new RideCounter(own, topic, name, tally, lastCommits));
        }
        Stream.concat(counters.stream(), Stream.of(sender)).forEach(it -> threads.add(Thread.startVirtualThread(it)));
    }

    /** The group starts at what is now the end: older rides are not its business. */
    private void commitEnds(String group) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        new Partitions(admin)
                .offsets(partitions, OffsetSpec.latest())
                .forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end)));
        await(admin.alterConsumerGroupOffsets(group, offsets).all());
    }

    /** Sends no more, and lets what is sent be counted. */
    void stopSending() {
        sender.stop();
    }

    /**
     * Whether everything that was sent has been acknowledged, and everything that is in the topic has been read.
     *
     * @throws Failure if the sender or a counter gave up
     */
    boolean isFinished() {
        Stream.concat(
                        Stream.of(sender).map(RideSender::failure),
                        counters.stream().map(RideCounter::failure))
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(it -> {
                    throw new Failure("The demo broke off: " + Diagnosis.of(it).sentence());
                });
        if (!sender.isDone()) {
            return false;
        }
        if (ends.isEmpty()) {
            ends = endsIfAnswered();
        }
        Map<TopicPartition, Long> read = tally.snapshot().nextOffsets();
        return !ends.isEmpty() && ends.entrySet().stream().allMatch(end -> isRead(end.getKey(), end.getValue(), read));
    }

    private static boolean isRead(TopicPartition partition, long end, Map<TopicPartition, Long> read) {
        return end == 0 || read.getOrDefault(partition, 0L) >= end;
    }

    private Map<TopicPartition, Long> endsIfAnswered() {
        try {
            return new Partitions(admin).offsets(partitions, OffsetSpec.latest());
        } catch (RetriableException e) {
            // The broker is away at the moment: we are asked again.
            return Map.of();
        }
    }

    /** Lets the members commit and leave. */
    void close() throws InterruptedException {
        sender.stop();
        counters.forEach(RideCounter::stop);
        for (Thread thread : threads) {
            thread.join(10_000);
        }
    }

    /**
     * How far it is.
     *
     * @param total rides that there are
     */
    record Progress(
            long nanos, long total, long sent, long acknowledged, RideTally.Snapshot counted, List<Part> parts) {}

    /**
     * A partition.
     *
     * @param member who has it, from 1; 0 if nobody does
     */
    record Part(int partition, int member, long counted, long lag) {}

    Progress progress() {
        RideTally.Snapshot counted = tally.snapshot();
        Map<Integer, Part> parts = new TreeMap<>();
        partitions.forEach(it -> parts.put(it.partition(), part(it, counted)));
        return new Progress(
                System.nanoTime() - startNanos,
                rides.count(),
                sender.sent(),
                sender.acknowledged(),
                counted,
                List.copyOf(parts.values()));
    }

    private Part part(TopicPartition partition, RideTally.Snapshot counted) {
        long rides = counted.perPartition().getOrDefault(partition, 0L);
        for (int i = 0; i < counters.size(); i++) {
            @Nullable Long lag = counters.get(i).lags().get(partition);
            if (lag != null) {
                return new Part(partition.partition(), i + 1, rides, lag);
            }
        }
        return new Part(partition.partition(), 0, rides, 0);
    }
}
