package dev.klamm.broker.topic;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
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
 * What the records of the metadata log amount to. Any thread may read; one at a time makes a {@link Change} and publishes it,
 * at a cost that depends on the change and not on how many topics there are. A reader never sees half a topic.
 *
 * <p>Records of things that Klamm does not serve (ACLs, quotas, credentials) are passed over; they stay in the log.
 */
final class MetadataImage {
    /** Sorted, for the answers that list all topics. */
    private final ConcurrentSkipListMap<String, Topic> byName = new ConcurrentSkipListMap<>();

    private final ConcurrentHashMap<Uuid, Topic> byId = new ConcurrentHashMap<>();

    /** Names with dots or underscores, by what they come to with underscores only. */
    private final ConcurrentHashMap<String, String> byUnifiedName = new ConcurrentHashMap<>();

    /** Of brokers, groups and client metrics; those of topics are in {@link Topic#overrides}. */
    private final ConcurrentHashMap<ConfigResource, Map<String, String>> configs = new ConcurrentHashMap<>();

    /** By topic and partition; only those above 0, which an Apache Kafka left when it had the directory. */
    private final ConcurrentHashMap<Uuid, Map<Integer, Integer>> leaderEpochs = new ConcurrentHashMap<>();

    private volatile FinalizedFeatures features = FinalizedFeatures.NONE;
    private volatile long nextProducerId;
    private volatile long brokerEpoch = -1;
    private volatile long topicsVersion = -1;

    @Nullable
    Topic topic(String name) {
        return byName.get(name);
    }

    @Nullable
    Topic topic(Uuid id) {
        return byId.get(id);
    }

    /** Sorted by name, as of now. */
    Collection<Topic> topics() {
        return List.copyOf(byName.values());
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
        return List.copyOf(configs.keySet());
    }

    int leaderEpoch(Uuid topicId, int partition) {
        return leaderEpochs.getOrDefault(topicId, Map.of()).getOrDefault(partition, 0);
    }

    FinalizedFeatures features() {
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

    /** The end of the metadata log after the last change of topics; -1 before the first. */
    long topicsVersion() {
        return topicsVersion;
    }

    /** A change in the making, which nobody sees before it is published. */
    Change change() {
        return new Change();
    }

    /** @param endOffset of the metadata log, with the change in it */
    void publish(Change change, long endOffset) {
        for (Topic removed : change.removed) {
            byId.remove(removed.id(), removed);
            byName.remove(removed.name(), removed);
            byUnifiedName.remove(
                    org.apache.kafka.common.internals.Topic.unifyCollisionChars(removed.name()), removed.name());
            leaderEpochs.remove(removed.id());
        }
        leaderEpochs.putAll(change.leaderEpochs);
        for (Topic topic : change.topics.values()) {
            byId.put(topic.id(), topic);
            byName.put(topic.name(), topic);
            if (org.apache.kafka.common.internals.Topic.hasCollisionChars(topic.name())) {
                byUnifiedName.put(
                        org.apache.kafka.common.internals.Topic.unifyCollisionChars(topic.name()), topic.name());
            }
        }
        change.configs.forEach((resource, settings) -> {
            configs.put(resource, settings);
            configs.remove(resource, Map.of());
        });
        if (!change.features.isEmpty()) {
            features = features.with(change.features, endOffset - 1);
        }
        nextProducerId = change.nextProducerId;
        brokerEpoch = change.brokerEpoch;
        if (change.changesTopics()) {
            // Last, so that who sees this version sees the topics, too.
            topicsVersion = endOffset;
        }
    }

    /** Records applied on top of the image. */
    final class Change {
        /** What a PartitionChangeRecord has for a leader that stays. */
        private static final int NO_LEADER_CHANGE = -2;

        /** Created or changed ones, as they are to be. */
        private final HashMap<Uuid, Topic> topics = new HashMap<>();

        private final HashMap<String, Topic> topicsByName = new HashMap<>();

        /** As the image has them. */
        private final Set<Topic> removed = new HashSet<>();

        private final Set<Uuid> removedIds = new HashSet<>();

        private final HashMap<ConfigResource, Map<String, String>> configs = new HashMap<>();
        private final HashMap<Uuid, Map<Integer, Integer>> leaderEpochs = new HashMap<>();
        private final HashMap<String, Short> features = new HashMap<>();
        private long nextProducerId = MetadataImage.this.nextProducerId;
        private long brokerEpoch = MetadataImage.this.brokerEpoch;

        private Change() {}

        /** Topics that are created or changed, as they are to be. */
        Collection<Topic> changed() {
            return topics.values();
        }

        /** All that were removed, also those that the same change had created. */
        Set<Uuid> removedIds() {
            return removedIds;
        }

        boolean changesTopics() {
            return !topics.isEmpty() || !removed.isEmpty();
        }

        /** True if settings of brokers change, which are the defaults of topics. */
        boolean changesBrokers() {
            return configs.keySet().stream().anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER);
        }

        /** The settings of a resource as they are to be. */
        Map<String, String> configs(ConfigResource resource) {
            Map<String, String> changed = configs.get(resource);
            return changed != null ? changed : MetadataImage.this.configs(resource);
        }

        int leaderEpoch(Uuid topicId, int partition) {
            return epochs(topicId).getOrDefault(partition, 0);
        }

        private Map<Integer, Integer> epochs(Uuid topicId) {
            Map<Integer, Integer> changed = leaderEpochs.get(topicId);
            return changed != null ? changed : MetadataImage.this.leaderEpochs.getOrDefault(topicId, Map.of());
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

        private @Nullable Topic find(Uuid id) {
            Topic changed = topics.get(id);
            if (changed != null) {
                return changed;
            }
            Topic present = byId.get(id);
            return present == null || removed.contains(present) ? null : present;
        }

        private @Nullable Topic find(String name) {
            Topic changed = topicsByName.get(name);
            if (changed != null) {
                return changed;
            }
            Topic present = byName.get(name);
            return present == null || removed.contains(present) ? null : present;
        }

        private void put(Topic topic) {
            topics.put(topic.id(), topic);
            topicsByName.put(topic.name(), topic);
        }

        private void remove(Uuid id) {
            removedIds.add(id);
            Topic unpublished = topics.remove(id);
            if (unpublished != null) {
                topicsByName.remove(unpublished.name());
            }
            leaderEpochs.remove(id);
            Topic published = byId.get(id);
            if (published != null) {
                removed.add(published);
            }
        }

        private void apply(PartitionRecord partition) {
            Topic topic = find(partition.topicId());
            if (topic != null) {
                int count = Math.max(topic.partitionCount(), partition.partitionId() + 1);
                put(new Topic(topic.name(), topic.id(), count, topic.overrides()));
                raiseLeaderEpoch(topic.id(), partition.partitionId(), partition.leaderEpoch());
            }
        }

        /** Kafka raises the epoch by one with every change of the leader, and sends only the leader. */
        private void apply(PartitionChangeRecord partition) {
            if (partition.leader() != NO_LEADER_CHANGE) {
                int epoch = leaderEpoch(partition.topicId(), partition.partitionId());
                raiseLeaderEpoch(partition.topicId(), partition.partitionId(), epoch + 1);
            }
        }

        private void raiseLeaderEpoch(Uuid topicId, int partition, int epoch) {
            if (epoch > 0) {
                var epochs = new HashMap<>(epochs(topicId));
                epochs.put(partition, epoch);
                leaderEpochs.put(topicId, epochs);
            }
        }

        private void apply(ConfigRecord config) {
            var resource = new ConfigResource(ConfigResource.Type.forId(config.resourceType()), config.resourceName());
            if (resource.type() != ConfigResource.Type.TOPIC) {
                configs.put(resource, with(configs(resource), config.name(), config.value()));
                return;
            }
            Topic topic = find(resource.name());
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
