package dev.klamm.conformance;

import dev.klamm.conformance.Event.Keeps;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** The topics of one round of the crash harness, each with something of its own that a crash may hit. */
final class KillTopics {
    /** The least that Kafka allows. */
    private static final String SMALL_SEGMENT = Integer.toString(1 << 20);

    private final int round;
    private final List<LogName> logs = new CopyOnWriteArrayList<>();

    private record Spec(String name, int partitions, Keeps keeps, Map<String, String> config) {}

    private static final List<Spec> SPECS = List.of(
            new Spec("steady", 3, Keeps.ALL, Map.of()),
            new Spec(
                    "rolling",
                    1,
                    Keeps.ALL,
                    Map.of("segment.bytes", SMALL_SEGMENT, "segment.ms", "1000", "index.interval.bytes", "512")),
            new Spec("unsynced", 2, Keeps.ALL, Map.of("flush.messages", Long.toString(Long.MAX_VALUE))),
            new Spec("recompressed", 1, Keeps.ALL, Map.of("compression.type", "lz4")),
            new Spec(
                    "compacted",
                    2,
                    Keeps.LATEST,
                    Map.of(
                            "cleanup.policy", "compact",
                            "segment.bytes", SMALL_SEGMENT,
                            "segment.ms", "1000",
                            "min.cleanable.dirty.ratio", "0.01",
                            "file.delete.delay.ms", "500")),
            new Spec(
                    "retained",
                    2,
                    Keeps.NEWEST,
                    Map.of(
                            "segment.bytes",
                            SMALL_SEGMENT,
                            "segment.ms",
                            "3000",
                            "retention.bytes",
                            Integer.toString(3 << 20),
                            "file.delete.delay.ms",
                            "500")),
            new Spec("trimmed", 2, Keeps.ALL, Map.of("segment.bytes", SMALL_SEGMENT, "file.delete.delay.ms", "0")),
            new Spec("growing", 1, Keeps.ALL, Map.of()),
            new Spec("input", 3, Keeps.ALL, Map.of()),
            new Spec("output", 2, Keeps.ALL_AND_MARKERS, Map.of()),
            new Spec("ledger", 3, Keeps.ALL_AND_MARKERS, Map.of("segment.bytes", SMALL_SEGMENT, "segment.ms", "2000")));

    /** What the members of the group read. */
    private static final List<String> READ_BY_GROUP = List.of("steady", "rolling", "unsynced", "growing");

    private KillTopics(int round) {
        this.round = round;
    }

    static KillTopics create(int round, Admin admin, History history) {
        var topics = new KillTopics(round);
        for (Spec spec : SPECS) {
            String name = topics.name(spec.name);
            history.add(new Event.TopicSent(name, 0, spec.partitions, spec.keeps));
            var topic = new NewTopic(name, Optional.of(spec.partitions), Optional.empty()).configs(spec.config);
            Reference.get(admin.createTopics(List.of(topic)).all());
            history.add(new Event.TopicAcked(name, 0, spec.partitions));
            IntStream.range(0, spec.partitions).forEach(partition -> topics.logs.add(new LogName(name, 0, partition)));
        }
        return topics;
    }

    /** All partitions that there certainly are. */
    List<LogName> logs() {
        return List.copyOf(logs);
    }

    /** All that there are, and the one that comes and goes. */
    List<String> names() {
        return Stream.concat(SPECS.stream().map(spec -> name(spec.name)), Stream.of(churned()))
                .toList();
    }

    List<String> readByGroup() {
        return READ_BY_GROUP.stream().map(this::name).toList();
    }

    /** What programs read that process and write in transactions. */
    String input() {
        return name("input");
    }

    /** Where they write to. */
    List<LogName> output() {
        return logs(name("output"));
    }

    /** Where others write to in transactions. */
    List<LogName> ledger() {
        return logs(name("ledger"));
    }

    /** All partitions that are written to in transactions; not in them alone. */
    List<LogName> transactional() {
        return Stream.concat(output().stream(), ledger().stream()).toList();
    }

    private List<LogName> logs(String topic) {
        return logs.stream().filter(log -> log.topic().equals(topic)).toList();
    }

    boolean hasTombstones(LogName log) {
        return log.topic().equals(name("compacted"));
    }

    /** The one that DeleteRecords takes from. */
    List<LogName> trimmed() {
        return logs(name("trimmed"));
    }

    /** The one that gets more partitions. */
    List<LogName> growing() {
        return logs(name("growing"));
    }

    void grew(LogName log) {
        logs.add(log);
    }

    private String name(String spec) {
        return spec + "-" + round;
    }

    /** A name that comes and goes. */
    String churned() {
        return name("churned");
    }
}
