package dev.klamm.broker.group;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Real consumers of one group, each on a thread of its own, and what they say of themselves. */
final class Consumers implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_SECONDS = 60;

    private final Map<String, Object> settings;
    private final String topic;

    // Guards what follows, which the consumers' threads write.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Set<Integer>> assignments = new TreeMap<>();
    private final Map<String, Set<Integer>> everRevoked = new TreeMap<>();
    private final Map<String, Integer> rebalances = new HashMap<>();
    private final Map<String, List<String>> values = new HashMap<>();
    private final Map<String, Throwable> failures = new HashMap<>();

    private final Map<String, Running> running = new HashMap<>();

    private record Running(Thread thread, KafkaConsumer<String, String> consumer) {}

    /**
     * @param topic or, behind a ^, a regular expression for the broker (the new protocol alone has that)
     * @param settings beside bootstrap, group and deserializers
     */
    Consumers(String bootstrap, String group, String topic, Map<String, Object> settings) {
        this.topic = topic;
        this.settings = new HashMap<>(settings);
        this.settings.putIfAbsent("bootstrap.servers", bootstrap);
        this.settings.putIfAbsent("group.id", group);
        this.settings.putIfAbsent("key.deserializer", StringDeserializer.class);
        this.settings.putIfAbsent("value.deserializer", StringDeserializer.class);
        this.settings.putIfAbsent("auto.offset.reset", "earliest");
        if (!"consumer".equals(this.settings.get("group.protocol"))) {
            this.settings.putIfAbsent("session.timeout.ms", "2000");
            this.settings.putIfAbsent("heartbeat.interval.ms", "300");
        }
    }

    void start(String name) {
        start(name, null);
    }

    void start(String name, @Nullable String instanceId) {
        start(name, instanceId, new HashMap<>(settings));
    }

    /** One that speaks KIP-848's protocol, whose time-outs and assignor are the broker's. */
    void startNew(String name, @Nullable String instanceId) {
        var own = new HashMap<>(settings);
        List.of("session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy")
                .forEach(own::remove);
        own.put("group.protocol", "consumer");
        start(name, instanceId, own);
    }

    private void start(String name, @Nullable String instanceId, Map<String, Object> own) {
        own.put("client.id", name);
        if (instanceId != null) {
            own.put("group.instance.id", instanceId);
        }
        var consumer = new KafkaConsumer<String, String>(own);
        running.put(name, new Running(Thread.ofVirtual().name(name).start(() -> consume(name, consumer)), consumer));
    }

    private void consume(String name, KafkaConsumer<String, String> consumer) {
        try {
            if (topic.startsWith("^")) {
                consumer.subscribe(new SubscriptionPattern(topic.substring(1)), new Listener(name));
            } else {
                consumer.subscribe(List.of(topic), new Listener(name));
            }
            while (true) {
                var polled = consumer.poll(POLL);
                if (!polled.isEmpty()) {
                    var read = new ArrayList<String>();
                    polled.forEach(record -> read.add(record.value()));
                    update(() ->
                            values.computeIfAbsent(name, n -> new ArrayList<>()).addAll(read));
                }
            }
        } catch (WakeupException _) {
            // Somebody stops or kills it.
        } catch (RuntimeException failure) {
            update(() -> failures.put(name, failure));
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        private final String name;

        Listener(String name) {
            this.name = name;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> added) {
            update(() -> {
                var mine = assignments.computeIfAbsent(name, n -> new TreeSet<>());
                added.forEach(partition -> mine.add(partition.partition()));
                rebalances.merge(name, 1, Integer::sum);
            });
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> taken) {
            update(() -> {
                var mine = assignments.computeIfAbsent(name, n -> new TreeSet<>());
                taken.forEach(partition -> mine.remove(partition.partition()));
                var revoked = everRevoked.computeIfAbsent(name, n -> new TreeSet<>());
                taken.forEach(partition -> revoked.add(partition.partition()));
            });
        }
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the assignments, by consumer, are as wanted. */
    void awaitAssignments(Predicate<Map<String, Set<Integer>>> wanted) throws InterruptedException {
        await(() -> wanted.test(assignments));
    }

    /** Waits until this many records were read by all together. */
    void awaitCount(int count) throws InterruptedException {
        await(() -> values.values().stream().mapToInt(List::size).sum() >= count);
    }

    private interface Check {
        boolean holds();
    }

    private void await(Check check) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        lock.lock();
        try {
            while (!check.holds()) {
                if (changed.awaitNanos(deadline - System.nanoTime()) <= 0 || !failures.isEmpty()) {
                    throw new AssertionError("waited in vain: assignments " + assignments + ", read " + values
                            + ", failures " + failures);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the consumer has failed, and says how. */
    Throwable awaitFailure(String name) throws InterruptedException {
        lock.lock();
        try {
            while (!failures.containsKey(name)) {
                if (!changed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError(name + " did not fail");
                }
            }
            return failures.get(name);
        } finally {
            lock.unlock();
        }
    }

    /** A copy of what each has now. */
    Map<String, Set<Integer>> assignments() {
        lock.lock();
        try {
            var copy = new TreeMap<String, Set<Integer>>();
            assignments.forEach((name, partitions) -> copy.put(name, Set.copyOf(partitions)));
            return copy;
        } finally {
            lock.unlock();
        }
    }

    int rebalances(String name) {
        lock.lock();
        try {
            return rebalances.getOrDefault(name, 0);
        } finally {
            lock.unlock();
        }
    }

    /** What the consumer ever had to give up. */
    Set<Integer> everRevoked(String name) {
        lock.lock();
        try {
            return Set.copyOf(everRevoked.getOrDefault(name, Set.of()));
        } finally {
            lock.unlock();
        }
    }

    List<String> values() {
        lock.lock();
        try {
            return values.values().stream().flatMap(List::stream).sorted().toList();
        } finally {
            lock.unlock();
        }
    }

    /** Ends as a process that is killed: the group is not told. */
    void kill(String name) throws InterruptedException {
        stop(name, CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));
    }

    /** Ends as one that will be back: a static member says that it goes for a while (KIP-848). */
    void pause(String name) throws InterruptedException {
        stop(name, CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.DEFAULT));
    }

    /** Commits, leaves and ends. */
    void stop(String name) throws InterruptedException {
        stop(name, CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }

    private void stop(String name, CloseOptions how) throws InterruptedException {
        Running stopping = running.remove(name);
        if (stopping != null) {
            stopping.consumer().wakeup();
            stopping.thread().join();
            stopping.consumer().close(how);
            update(() -> assignments.remove(name));
        }
    }

    @Override
    public void close() {
        running.values().forEach(consumer -> consumer.consumer().wakeup());
        try {
            for (String name : List.copyOf(running.keySet())) {
                kill(name);
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
