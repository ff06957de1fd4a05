package dev.klamm.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Polls and prints until there is nothing more to do, the reader of the output has gone, or ctrl-C: then it stops
 * between two records, commits what it printed and leaves its group, so that others need not wait for its session to end.
 */
final class ConsumeLoop {

    private static final Duration POLL = Duration.ofMillis(500);

    private final Console console;
    private final Consumer<byte[], byte[]> consumer;
    private final RecordPrinter printer;
    private final boolean commits;
    private long printed;

    ConsumeLoop(Console console, Consumer<byte[], byte[]> consumer, RecordPrinter printer, boolean commits) {
        this.console = console;
        this.consumer = consumer;
        this.printer = printer;
        this.commits = commits;
    }

    /** @param ends where to stop in each partition; empty to follow for ever */
    void run(long max, Map<TopicPartition, Long> ends) {
        try (var _ = Interruption.byWhich(consumer::wakeup)) {
            while (printed < max && !isAtEnd(ends) && !console.outIsClosed()) {
                printBatch(max);
            }
        } catch (WakeupException e) {
            console.flush();
        }
    }

    private void printBatch(long max) {
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (printed == max) {
                break;
            }
            printer.print(record, console.out());
            printed++;
            done.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
        }
        // What is committed has left this process.
        if (commits && !done.isEmpty() && !console.outIsClosed()) {
            consumer.commitSync(done);
        }
    }

    /** Whether every partition that is this consumer's is read to its end; one without partitions waits for some. */
    private boolean isAtEnd(Map<TopicPartition, Long> ends) {
        var assigned = consumer.assignment();
        return !ends.isEmpty()
                && !assigned.isEmpty()
                && assigned.stream().allMatch(it -> consumer.position(it) >= ends.getOrDefault(it, 0L));
    }
}
