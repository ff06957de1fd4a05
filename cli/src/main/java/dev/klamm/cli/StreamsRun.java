package dev.klamm.cli;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.KafkaStreams;

/** One run of the demo with Kafka Streams: a sender, three programs, a reader of their results. */
final class StreamsRun {

    private static final int PROGRAMS = 3;
    private static final long LAST_MS = 10_000;

    private final Admin admin;
    private final StreamsTopics topics;
    private final RideSource rides;
    private final EndMarks marks;
    private final StreamsTally tally = new StreamsTally();
    private final RidePrograms programs;
    private final EventSender sender;
    private final ResultsReader reader;
    private final List<Thread> threads;
    private final long startNanos = System.nanoTime();

    /**
     * Starts it.
     *
     * @param settings makes new settings for a client each time
     */
    StreamsRun(Supplier<Map<String, Object>> settings, Admin admin, StreamsTopics topics, RideSource rides, Pace pace) {
        this.admin = admin;
        this.topics = topics;
        this.rides = rides;
        topics.create(admin);
        marks = new EndMarks(topics.partitions());
        programs = new RidePrograms(settings.get(), topics);
        sender = new EventSender(settings.get(), topics, rides, pace, marks);
        reader = new ResultsReader(settings.get(), topics, tally);
        threads = Stream.of(sender, reader).map(Thread::startVirtualThread).toList();
    }

    /**
     * How far it is.
     *
     * @param total rides that there are
     * @param begun rides of which at least the pickup is sent
     * @param acknowledged rides that have ended
     * @param programs the state of each, by name
     */
    record Progress(
            long nanos,
            long total,
            long begun,
            long acknowledged,
            StreamsTally.Snapshot results,
            Map<String, KafkaStreams.State> programs) {}

    Progress progress() {
        return new Progress(
                System.nanoTime() - startNanos,
                rides.count(),
                sender.begun(),
                sender.acknowledged(),
                tally.snapshot(),
                programs.states());
    }

    void stopSending() {
        sender.stop();
    }

    /**
     * Whether all that was sent has come out of all programs.
     *
     * @throws Failure if the sender or the reader gave up
     */
    boolean isFinished() {
        Stream.of(sender.failure(), reader.failure())
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(it -> {
                    throw new Failure("The demo broke off: " + Diagnosis.of(it).sentence());
                });
        return sender.isDone() && tally.endMarks() == PROGRAMS * marks.zones().size();
    }

    /** What is wrong with the results, in words; empty if they are equal to those of the batch. */
    List<String> differences(StreamsBatch batch) {
        return tally.differences(batch);
    }

    /** Stops all, and deletes what Kafka Streams has made for itself. */
    void close() throws InterruptedException {
        sender.stop();
        programs.close();
        reader.stop();
        for (Thread thread : threads) {
            thread.join(LAST_MS);
        }
        topics.deleteInternal(admin, programs.applicationIds());
    }
}
