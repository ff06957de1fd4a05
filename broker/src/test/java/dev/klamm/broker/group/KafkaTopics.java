package dev.klamm.broker.group;

import dev.klamm.broker.topic.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;

/** Topics as of a moment, as Kafka's group coordinator gets to see them. */
record KafkaTopics(Map<String, Topic> byName, long version) implements CoordinatorMetadataImage {

    static KafkaTopics of(ScriptedCluster cluster) {
        return new KafkaTopics(
                cluster.topics().stream().collect(Collectors.toUnmodifiableMap(Topic::name, topic -> topic)),
                cluster.topicsVersion());
    }

    private record Metadata(Topic topic) implements TopicMetadata {
        @Override
        public String name() {
            return topic.name();
        }

        @Override
        public Uuid id() {
            return topic.id();
        }

        @Override
        public int partitionCount() {
            return topic.partitionCount();
        }

        @Override
        public List<String> partitionRacks(int partition) {
            return new java.util.ArrayList<>();
        }
    }

    /** What has changed since then. */
    CoordinatorMetadataDelta since(KafkaTopics before) {
        Set<Uuid> created = without(topicIds(), before.topicIds());
        Set<Uuid> deleted = without(before.topicIds(), topicIds());
        return new CoordinatorMetadataDelta() {
            @Override
            public Collection<Uuid> createdTopicIds() {
                return created;
            }

            @Override
            public Collection<Uuid> changedTopicIds() {
                return without(topicIds(), deleted);
            }

            @Override
            public Set<Uuid> deletedTopicIds() {
                return deleted;
            }

            @Override
            public CoordinatorMetadataImage image() {
                return before;
            }
        };
    }

    private static Set<Uuid> without(Set<Uuid> ids, Set<Uuid> others) {
        return ids.stream().filter(id -> !others.contains(id)).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Set<Uuid> topicIds() {
        return byName.values().stream().map(Topic::id).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Set<String> topicNames() {
        return byName.keySet();
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(String name) {
        return Optional.ofNullable(byName.get(name)).map(Metadata::new);
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(Uuid id) {
        return byName.values().stream()
                .filter(topic -> topic.id().equals(id))
                .findFirst()
                .map(Metadata::new);
    }

    @Override
    public CoordinatorMetadataDelta emptyDelta() {
        return CoordinatorMetadataDelta.EMPTY;
    }

    @Override
    public boolean isEmpty() {
        return byName.isEmpty();
    }
}
