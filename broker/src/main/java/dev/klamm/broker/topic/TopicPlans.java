package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.TopicSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Turns wishes about topics into records of the metadata log, or refuses them with Kafka's error codes and words. Pure: it
 * reads an image and changes nothing.
 *
 * @param directoryId what the records of partitions name as their directory
 */
record TopicPlans(MetadataImage image, BrokerConfig config, int nodeId, Uuid directoryId) {

    /** What a wish comes to: records to append, or why not. */
    sealed interface Plan {}

    /** @param topic as it is once the records are applied */
    record Accepted(Topic topic, List<MetadataRecord> records) implements Plan {}

    record Declined(TopicOutcome.Refused refusal) implements Plan {
        Declined(Errors error, @Nullable String message) {
            this(new TopicOutcome.Refused(error, message));
        }
    }

    Plan create(NewTopic wish) {
        Declined misnamed = misnamed(wish.name());
        if (misnamed != null) {
            return misnamed;
        }
        Declined misconfigured = misconfigured(wish.settings());
        if (misconfigured != null) {
            return misconfigured;
        }
        Declined misplaced = wish.assignments().isEmpty() ? misplaced(wish) : misassigned(wish);
        if (misplaced != null) {
            return misplaced;
        }
        var settings = new TreeMap<String, String>();
        wish.settings().forEach((name, value) -> settings.put(name, String.valueOf(value)));
        var topic = new Topic(wish.name(), Uuid.randomUuid(), partitionCount(wish), Map.copyOf(settings));
        return new Accepted(topic, records(topic, settings));
    }

    private int partitionCount(NewTopic wish) {
        if (!wish.assignments().isEmpty()) {
            return wish.assignments().size();
        }
        return wish.partitionCount() == -1 ? config.numPartitions() : wish.partitionCount();
    }

    /** Settings stand between the topic and its partitions, as Kafka's controller has it. */
    private List<MetadataRecord> records(Topic topic, Map<String, String> settings) {
        var records = new ArrayList<MetadataRecord>(topic.partitionCount() + settings.size() + 1);
        records.add(MetadataRecord.of(new TopicRecord().setName(topic.name()).setTopicId(topic.id())));
        settings.forEach((name, value) -> records.add(MetadataRecord.of(new ConfigRecord()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic.name())
                .setName(name)
                .setValue(value))));
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            records.add(partitionRecord(topic.id(), partition));
        }
        return records;
    }

    private MetadataRecord partitionRecord(Uuid topicId, int partition) {
        return MetadataRecord.of(new PartitionRecord()
                .setTopicId(topicId)
                .setPartitionId(partition)
                .setReplicas(List.of(nodeId))
                .setIsr(List.of(nodeId))
                .setLeader(nodeId)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0)
                .setDirectories(List.of(directoryId)));
    }

    private @Nullable Declined misnamed(String name) {
        if (image.topic(name) != null) {
            return new Declined(Errors.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        try {
            org.apache.kafka.common.internals.Topic.validate(name);
        } catch (InvalidTopicException e) {
            return new Declined(Errors.INVALID_TOPIC_EXCEPTION, e.getMessage());
        }
        return collision(name);
    }

    /** Metrics of Kafka's have dots as underscores, so names that differ only there are kept apart. */
    private @Nullable Declined collision(String name) {
        if (!org.apache.kafka.common.internals.Topic.hasCollisionChars(name)) {
            return null;
        }
        String other = image.collidingWith(name);
        return other == null
                ? null
                : new Declined(
                        Errors.INVALID_TOPIC_EXCEPTION, "Topic '" + name + "' collides with existing topic: " + other);
    }

    private @Nullable Declined misconfigured(Map<String, @Nullable String> settings) {
        var given = new HashMap<String, String>();
        var withoutValue = new ArrayList<String>();
        settings.forEach((name, value) -> {
            if (value == null) {
                withoutValue.add(name);
            } else {
                given.put(name, value);
            }
        });
        if (!withoutValue.isEmpty()) {
            return new Declined(
                    Errors.INVALID_CONFIG,
                    "Null value not supported for topic configs: " + String.join(",", withoutValue));
        }
        try {
            TopicSettings.validate(given, config);
            return null;
        } catch (ConfigException | InvalidConfigurationException e) {
            return new Declined(Errors.INVALID_CONFIG, e.getMessage());
        }
    }

    private static @Nullable Declined misplaced(NewTopic wish) {
        int replicas = wish.replicationFactor();
        if (replicas < -1 || replicas == 0) {
            return new Declined(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "Replication factor must be larger than 0, or -1 to use the default value.");
        }
        if (wish.partitionCount() < -1 || wish.partitionCount() == 0) {
            return new Declined(
                    Errors.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.");
        }
        if (replicas > 1) {
            return new Declined(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "Unable to replicate the partition " + replicas + " time(s): The target replication factor of "
                            + replicas + " cannot be reached because only 1 broker(s) are registered.");
        }
        return null;
    }

    private @Nullable Declined misassigned(NewTopic wish) {
        if (wish.replicationFactor() != -1) {
            return new Declined(
                    Errors.INVALID_REQUEST,
                    "A manual partition assignment was specified, but replication factor was not set to -1.");
        }
        if (wish.partitionCount() != -1) {
            return new Declined(
                    Errors.INVALID_REQUEST,
                    "A manual partition assignment was specified, but numPartitions was not set to -1.");
        }
        Declined misassigned = misassigned(wish.assignments().values());
        if (misassigned != null) {
            return misassigned;
        }
        for (int partition = 0; partition < wish.assignments().size(); partition++) {
            if (!wish.assignments().containsKey(partition)) {
                return new Declined(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "partitions should be a consecutive 0-based integer sequence");
            }
        }
        return null;
    }

    private @Nullable Declined misassigned(Collection<List<Integer>> assignments) {
        return assignments.stream()
                .map(this::objectionTo)
                .flatMap(Optional::stream)
                .findFirst()
                .map(objection -> new Declined(Errors.INVALID_REPLICA_ASSIGNMENT, objection))
                .orElse(null);
    }

    Optional<String> objectionTo(List<Integer> brokers) {
        String assignment = "The manual partition assignment includes ";
        if (brokers.isEmpty()) {
            return Optional.of(assignment + "an empty replica list.");
        }
        for (int broker : brokers) {
            if (broker != nodeId) {
                return Optional.of(assignment + "broker " + broker + ", but no such broker is registered.");
            }
        }
        return brokers.size() == 1
                ? Optional.empty()
                : Optional.of(assignment + "the broker " + nodeId + " more than once.");
    }

    /**
     * More partitions for a topic.
     *
     * @param assignments of the added ones; null: the broker's choice
     */
    Plan addPartitions(String name, int count, @Nullable List<List<Integer>> assignments) {
        Topic topic = image.topic(name);
        if (topic == null) {
            return new Declined(new TopicOutcome.Refused(Errors.UNKNOWN_TOPIC_OR_PARTITION));
        }
        int present = topic.partitionCount();
        if (count == present) {
            return new Declined(Errors.INVALID_PARTITIONS, "Topic already has " + present + " partition(s).");
        }
        if (count < present) {
            return new Declined(
                    Errors.INVALID_PARTITIONS,
                    "The topic " + name + " currently has " + present + " partition(s); " + count
                            + " would not be an increase.");
        }
        Declined misassigned = assignments == null ? null : misassigned(count - present, assignments);
        return misassigned != null ? misassigned : added(topic, count);
    }

    private @Nullable Declined misassigned(int additional, List<List<Integer>> assignments) {
        if (assignments.size() != additional) {
            return new Declined(
                    Errors.INVALID_REPLICA_ASSIGNMENT,
                    "Attempted to add " + additional + " additional partition(s), but only " + assignments.size()
                            + " assignment(s) were specified.");
        }
        return misassigned(assignments);
    }

    private Accepted added(Topic topic, int count) {
        var records = new ArrayList<MetadataRecord>();
        for (int partition = topic.partitionCount(); partition < count; partition++) {
            records.add(partitionRecord(topic.id(), partition));
        }
        return new Accepted(new Topic(topic.name(), topic.id(), count, topic.overrides()), records);
    }
}
