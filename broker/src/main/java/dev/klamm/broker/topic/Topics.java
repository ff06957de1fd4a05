package dev.klamm.broker.topic;

import dev.klamm.log.PartitionLog;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/** All topics. (Skeleton: being written by the topic room; the signatures are what the other rooms may rely on.) */
public final class Topics {

    public Optional<Topic> byName(String name) {
        throw new UnsupportedOperationException();
    }

    public Optional<Topic> byId(Uuid id) {
        throw new UnsupportedOperationException();
    }

    /** A snapshot, sorted by name. */
    public Collection<Topic> all() {
        throw new UnsupportedOperationException();
    }

    /** The log of a partition; empty if there is no such topic or partition. */
    public Optional<PartitionLog> log(String topic, int partition) {
        throw new UnsupportedOperationException();
    }

    /** The same by topic id. */
    public Optional<PartitionLog> log(Uuid topicId, int partition) {
        throw new UnsupportedOperationException();
    }

    /** Creates {@code __consumer_offsets} if need be, with its own settings (compacted, offsets.topic.num.partitions). */
    public Topic offsetsTopic() throws InterruptedException {
        throw new UnsupportedOperationException();
    }
}
