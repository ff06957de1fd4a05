package dev.klamm.broker.group;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.topic.Topic;
import java.util.Collection;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What groups need to know of the rest of the broker, as it is now. */
interface Cluster {

    @Nullable
    Topic topic(String name);

    @Nullable
    Topic topic(Uuid id);

    Collection<Topic> topics();

    /**
     * Goes up whenever a topic is created, deleted, or gets partitions, also from one start of the broker to the next: the
     * end of the metadata log after that change.
     */
    long topicsVersion();

    GroupValues settings(String groupId);
}
