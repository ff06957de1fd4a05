package dev.klamm.broker.group;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.Collection;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The broker's topics and settings, for its groups. */
record TopicsCluster(Topics all) implements Cluster {

    @Override
    public @Nullable Topic topic(String name) {
        return all.byName(name).orElse(null);
    }

    @Override
    public @Nullable Topic topic(Uuid id) {
        return all.byId(id).orElse(null);
    }

    @Override
    public Collection<Topic> topics() {
        return all.all();
    }

    @Override
    public long topicsVersion() {
        return all.version();
    }

    @Override
    public GroupValues settings(String groupId) {
        return GroupValues.of(all.groupOverrides(groupId), all.config());
    }
}
