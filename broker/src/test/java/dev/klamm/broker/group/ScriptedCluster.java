package dev.klamm.broker.group;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.topic.Topic;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Topics that are there because a test says so; names have at most eight letters. */
final class ScriptedCluster implements Cluster {
    private final Map<String, Topic> byName = new TreeMap<>();
    private final Map<String, Integer> timesMade = new TreeMap<>();
    private GroupValues settings = new GroupValues(45_000, 5_000, 0);
    private long version;

    /** Creates the topic, or gives it more partitions. */
    void put(String name, int partitionCount) {
        if (!byName.containsKey(name)) {
            timesMade.merge(name, 1, Integer::sum);
        }
        byName.put(name, new Topic(name, id(name), partitionCount, Map.of()));
        version++;
    }

    /** The id says what the topic's name is, and how often it was made. Also of a topic that is gone. */
    Uuid id(String name) {
        long letters = 0;
        for (int i = 0; i < name.length(); i++) {
            letters = letters << Byte.SIZE | name.charAt(i);
        }
        return new Uuid(timesMade.getOrDefault(name, 1), letters);
    }

    /** The name; of one that was made again, with its number. */
    static String nameOf(Uuid id) {
        var name = new StringBuilder();
        for (long letters = id.getLeastSignificantBits(); letters != 0; letters >>>= Byte.SIZE) {
            name.insert(0, (char) (letters & 0xff));
        }
        return id.getMostSignificantBits() == 1 ? name.toString() : name + "#" + id.getMostSignificantBits();
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
