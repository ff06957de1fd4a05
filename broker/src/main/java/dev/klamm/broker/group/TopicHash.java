package dev.klamm.broker.group;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.klamm.broker.topic.Topic;
import java.util.Collection;

/**
 * Tells whether topics are still as they were: whether they are there, with the same ids and as many partitions. The hash
 * is kept in a group's record, and is Kafka's, so that a group doesn't rebalance because another broker looks after it.
 *
 * <pre>
 *   group   XXH3 of the topics' hashes, in the order of their names; topics that aren't there are left out; 0 if none is there
 *   topic   XXH3 of: 0 (byte), id (two longs), name, number of partitions (int), then for each partition its number (int),
 *           and its racks, of which there are none here
 * </pre>
 */
final class TopicHash {
    private static final byte FORMAT = 0;

    private TopicHash() {}

    static long of(Collection<String> names, Cluster cluster) {
        HashStream64 hash = Hashing.xxh3_64().hashStream();
        boolean isAnyThere = false;
        for (String name : names.stream().sorted().toList()) {
            Topic topic = cluster.topic(name);
            if (topic != null) {
                hash.putLong(of(topic));
                isAnyThere = true;
            }
        }
        return isAnyThere ? hash.getAsLong() : 0;
    }

    private static long of(Topic topic) {
        HashStream64 hash = Hashing.xxh3_64()
                .hashStream()
                .putByte(FORMAT)
                .putLong(topic.id().getMostSignificantBits())
                .putLong(topic.id().getLeastSignificantBits())
                .putString(topic.name())
                .putInt(topic.partitionCount());
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            hash.putInt(partition);
        }
        return hash.getAsLong();
    }
}
