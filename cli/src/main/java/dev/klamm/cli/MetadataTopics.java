package dev.klamm.cli;

import dev.klamm.log.LogId;
import dev.klamm.log.StoredBatch;
import dev.klamm.log.StoredBatches;
import dev.klamm.log.StoredLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Which topics a data directory has, from the metadata log in it. */
final class MetadataTopics {
    private static final String TOPIC = "__cluster_metadata";
    private static final LogId METADATA = new LogId(new Uuid(0, 1), TOPIC, 0);

    /** A topic and how many partitions it has. */
    record Known(String name, int partitionCount) {}

    /** Kafka's own topics, which are compacted without a setting that says so. */
    private static final Set<String> ALWAYS_COMPACTED =
            Set.of("__consumer_offsets", "__transaction_state", "__share_group_state");

    private final Map<Uuid, Known> topics = new HashMap<>();

    /** By topic, or by broker for the default, of which the name may be empty. */
    private final Map<ConfigResource, String> cleanupPolicies = new HashMap<>();

    private MetadataTopics() {}

    /** Passes over what can't be read: a damaged metadata log is somebody else's to report. */
    static MetadataTopics read(Path dataDirectory) throws IOException {
        var topics = new MetadataTopics();
        long from = topics.readSnapshot(dataDirectory.resolve(METADATA.directoryName()));
        try (StoredLog log = StoredLog.open(dataDirectory, METADATA, from)) {
            for (StoredLog.Located found = log.next(); found != null; found = log.next()) {
                topics.apply(found.piece());
            }
        }
        return topics;
    }

    /** Returns where the log goes on behind the newest snapshot, which Kafka may have made; 0 without one. */
    private long readSnapshot(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        List<Path> snapshots;
        try (Stream<Path> files = Files.list(directory)) {
            snapshots = files.filter(it -> it.getFileName().toString().matches("\\d{20}-\\d{10}[.]checkpoint"))
                    .sorted()
                    .toList();
        }
        if (snapshots.isEmpty()) {
            return 0;
        }
        Path newest = snapshots.getLast();
        try (StoredBatches batches = StoredBatches.open(newest)) {
            for (StoredBatches.Piece piece = batches.next(); piece != null; piece = batches.next()) {
                apply(piece);
            }
        }
        return Long.parseLong(newest.getFileName().toString().substring(0, 20));
    }

    private void apply(StoredBatches.Piece piece) throws IOException {
        if (!(piece instanceof StoredBatch batch) || batch.isControl() || !batch.crcIsRight()) {
            return;
        }
        for (RecordBatch read : MemoryRecords.readableRecords(batch.bytes()).batches()) {
            for (Record record : read) {
                MetadataMessage message = record.value() == null ? null : MetadataMessage.read(record.value());
                if (message != null) {
                    apply(message);
                }
            }
        }
    }

    private void apply(MetadataMessage record) {
        switch (record.message()) {
            case TopicRecord topic -> topics.put(topic.topicId(), new Known(topic.name(), 0));
            case RemoveTopicRecord topic -> topics.remove(topic.topicId());
            case PartitionRecord partition ->
                topics.computeIfPresent(
                        partition.topicId(),
                        (_, it) -> new Known(it.name(), Math.max(it.partitionCount(), partition.partitionId() + 1)));
            case ConfigRecord config -> apply(config);
            default -> {}
        }
    }

    private void apply(ConfigRecord config) {
        if (config.name().equals("cleanup.policy") || config.name().equals("log.cleanup.policy")) {
            var resource = new ConfigResource(ConfigResource.Type.forId(config.resourceType()), config.resourceName());
            cleanupPolicies.put(resource, config.value() == null ? "" : config.value());
        }
    }

    Map<Uuid, Known> byId() {
        return Map.copyOf(topics);
    }

    /** Of all topics, by id; empty if there is no metadata log. */
    Map<Uuid, String> names() {
        Map<Uuid, String> names = new HashMap<>();
        topics.forEach((id, topic) -> names.put(id, topic.name()));
        if (!names.isEmpty()) {
            names.put(METADATA.topicId(), TOPIC);
        }
        return names;
    }

    /** The topics whose offsets may have gaps, since they are compacted, or once were. */
    Set<String> compacted() {
        boolean isDefault = cleanupPolicies.entrySet().stream()
                .anyMatch(it -> it.getKey().type() == ConfigResource.Type.BROKER
                        && it.getValue().contains("compact"));
        Set<String> compacted = new HashSet<>(ALWAYS_COMPACTED);
        for (Known topic : topics.values()) {
            String own = cleanupPolicies.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()));
            if (own == null ? isDefault : own.contains("compact")) {
                compacted.add(topic.name());
            }
        }
        return compacted;
    }
}
