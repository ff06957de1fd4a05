package dev.klamm.broker.group;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.topic.Topic;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Topics that are there because a test says so; their ids come from their names and from how often they were made. */
final class ScriptedCluster implements Cluster {
    private final Map<String, Topic> byName = new TreeMap<>();
    private final Map<String, Integer> timesMade = new TreeMap<>();
    private GroupValues settings = new GroupValues(45_000, 5_000, 1_000);
    private long version;

    /** Creates the topic, or gives it more partitions. */
    void put(String name, int partitionCount) {
        Topic present = byName.get(name);
        Uuid id = present == null ? new Uuid(timesMade.merge(name, 1, Integer::sum), name.hashCode()) : present.id();
        byName.put(name, new Topic(name, id, partitionCount, Map.of()));
        version++;
    }

    void delete(String name) {
        byName.remove(name);
        version++;
    }

    void set(GroupValues changed) {
        settings = changed;
    }

    @Override
    public @Nullable Topic topic(String name) {
        return byName.get(name);
    }

    @Override
    public @Nullable Topic topic(Uuid id) {
        return byName.values().stream()
                .filter(topic -> topic.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    @Override
    public Collection<Topic> topics() {
        return byName.values();
    }

    @Override
    public long topicsVersion() {
        return version;
    }

    @Override
    public GroupValues settings(String groupId) {
        return settings;
    }
}
