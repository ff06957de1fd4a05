package dev.klamm.broker.topic;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * What the records of the metadata log amount to, as of a moment. Immutable.
 *
 * <p>Records of things that Klamm does not serve (ACLs, quotas, credentials) are passed over; they stay in the log.
 */
final class MetadataImage {
    static final MetadataImage EMPTY = new Change(null).build();

    /** Sorted, for the answers that list all topics. */
    private final NavigableMap<String, Topic> byName;

    private final Map<Uuid, Topic> byId;

    /** Names with dots or underscores, by what they come to with underscores only. */
    private final Map<String, String> byUnifiedName;

    /** Of brokers, groups and client metrics; those of topics are in {@link Topic#overrides}. */
    private final Map<ConfigResource, Map<String, String>> configs;

    /** By topic and partition; only those above 0, which an Apache Kafka left when it had the directory. */
    private final Map<Uuid, Map<Integer, Integer>> leaderEpochs;

    private final Map<String, Short> features;
    private final long nextProducerId;
    private final long brokerEpoch;

    private MetadataImage(Change change) {
        byName = Collections.unmodifiableNavigableMap(change.byName);
        byId = Collections.unmodifiableMap(change.byId);
        byUnifiedName = Collections.unmodifiableMap(change.byUnifiedName);
        configs = Collections.unmodifiableMap(change.configs);
        leaderEpochs = Collections.unmodifiableMap(change.leaderEpochs);
        features = Collections.unmodifiableMap(change.features);
        nextProducerId = change.nextProducerId;
        brokerEpoch = change.brokerEpoch;
    }

    @Nullable
    Topic topic(String name) {
        return byName.get(name);
    }

    @Nullable
    Topic topic(Uuid id) {
        return byId.get(id);
    }

    Collection<Topic> topics() {
        return byName.values();
    }

    /** A topic whose name has dots where this one has underscores, or the other way around; null if there is none. */
    @Nullable
    String collidingWith(String name) {
        return byUnifiedName.get(org.apache.kafka.common.internals.Topic.unifyCollisionChars(name));
    }

    Map<String, String> configs(ConfigResource resource) {
        return configs.getOrDefault(resource, Map.of());
    }

    /** Resources with settings of their own, topics not included. */
    Collection<ConfigResource> configured() {
        return configs.keySet();
    }

    int leaderEpoch(Uuid topicId, int partition) {
        return leaderEpochs.getOrDefault(topicId, Map.of()).getOrDefault(partition, 0);
    }

    /** Finalized features, such as metadata.version. Empty: the log has no records yet. */
    Map<String, Short> features() {
        return features;
    }

    /** The first of the next block of producer ids. */
    long nextProducerId() {
        return nextProducerId;
    }

    /** Of this broker's latest registration, -1 if it has none. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    /** A change in the making: records are applied to a copy. */
    Change change() {
        return new Change(this);
    }

    static final class Change {
        /** What a PartitionChangeRecord has for a leader that stays. */
        private static final int NO_LEADER_CHANGE = -2;

        private final TreeMap<String, Topic> byName;
        private final HashMap<Uuid, Topic> byId;
        private final HashMap<String, String> byUnifiedName;
        private final HashMap<ConfigResource, Map<String, String>> configs;
        private final HashMap<Uuid, Map<Integer, Integer>> leaderEpochs;
        private final HashMap<String, Short> features;
        private long nextProducerId;
        private long brokerEpoch = -1;
        private final Set<Uuid> touched = new HashSet<>();
        private boolean touchedBrokers;

        private Change(@Nullable MetadataImage from) {
            byName = from == null ? new TreeMap<>() : new TreeMap<>(from.byName);
            byId = from == null ? new HashMap<>() : new HashMap<>(from.byId);
            byUnifiedName = from == null ? new HashMap<>() : new HashMap<>(from.byUnifiedName);
            configs = from == null ? new HashMap<>() : new HashMap<>(from.configs);
            leaderEpochs = from == null ? new HashMap<>() : new HashMap<>(from.leaderEpochs);
            features = from == null ? new HashMap<>() : new HashMap<>(from.features);
            if (from != null) {
                nextProducerId = from.nextProducerId;
                brokerEpoch = from.brokerEpoch;
            }
        }

        MetadataImage build() {
            return new MetadataImage(this);
        }

        void apply(ApiMessage record) {
            switch (record) {
                case TopicRecord topic -> put(new Topic(topic.name(), topic.topicId(), 0, Map.of()));
                case PartitionRecord partition -> apply(partition);
                case PartitionChangeRecord partition -> apply(partition);
                case RemoveTopicRecord topic -> remove(topic.topicId());
                case ConfigRecord config -> apply(config);
                case FeatureLevelRecord feature -> features.put(feature.name(), feature.featureLevel());
                case ProducerIdsRecord ids -> nextProducerId = ids.nextProducerId();
                case RegisterBrokerRecord broker -> brokerEpoch = broker.brokerEpoch();
                default -> {}
            }
        }

        /** Topics that a record created or changed. */
        Set<Uuid> touched() {
            return touched;
        }

        /** True if a record changed settings of brokers, which are the defaults of topics. */
        boolean touchedBrokers() {
            return touchedBrokers;
        }

        private void put(Topic topic) {
            touched.add(topic.id());
            if (org.apache.kafka.common.internals.Topic.hasCollisionChars(topic.name())) {
                byUnifiedName.put(
                        org.apache.kafka.common.internals.Topic.unifyCollisionChars(topic.name()), topic.name());
            }
            byName.put(topic.name(), topic);
            byId.put(topic.id(), topic);
        }

        private void remove(Uuid id) {
            Topic removed = byId.remove(id);
            leaderEpochs.remove(id);
            touched.remove(id);
            if (removed != null) {
                byName.remove(removed.name());
                byUnifiedName.remove(
                        org.apache.kafka.common.internals.Topic.unifyCollisionChars(removed.name()), removed.name());
            }
        }

        private void apply(PartitionRecord partition) {
            Topic topic = byId.get(partition.topicId());
            if (topic != null) {
                int count = Math.max(topic.partitionCount(), partition.partitionId() + 1);
                put(new Topic(topic.name(), topic.id(), count, topic.overrides()));
                raiseLeaderEpoch(topic.id(), partition.partitionId(), partition.leaderEpoch());
            }
        }

        /** Kafka raises the epoch by one with every change of the leader, and sends only the leader. */
        private void apply(PartitionChangeRecord partition) {
            if (partition.leader() != NO_LEADER_CHANGE) {
                int epoch = leaderEpochs
                        .getOrDefault(partition.topicId(), Map.of())
                        .getOrDefault(partition.partitionId(), 0);
                raiseLeaderEpoch(partition.topicId(), partition.partitionId(), epoch + 1);
            }
        }

        private void raiseLeaderEpoch(Uuid topicId, int partition, int epoch) {
            if (epoch > 0) {
                var epochs = new HashMap<>(leaderEpochs.getOrDefault(topicId, Map.of()));
                epochs.put(partition, epoch);
                leaderEpochs.put(topicId, epochs);
            }
        }

        private void apply(ConfigRecord config) {
            var resource = new ConfigResource(ConfigResource.Type.forId(config.resourceType()), config.resourceName());
            if (resource.type() != ConfigResource.Type.TOPIC) {
                touchedBrokers = true;
                configs.put(resource, with(configs.getOrDefault(resource, Map.of()), config.name(), config.value()));
                configs.remove(resource, Map.of());
                return;
            }
            Topic topic = byName.get(resource.name());
            if (topic != null) {
                Map<String, String> overrides = with(topic.overrides(), config.name(), config.value());
                put(new Topic(topic.name(), topic.id(), topic.partitionCount(), overrides));
            }
        }

        private static Map<String, String> with(Map<String, String> settings, String name, @Nullable String value) {
            var changed = new HashMap<>(settings);
            if (value == null) {
                changed.remove(name);
            } else {
                changed.put(name, value);
            }
            return Map.copyOf(changed);
        }
    }
}
