package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/** All topics. (Skeleton: being written by the topic room; the signatures are what the other rooms may rely on.) */
public final class Topics {

    private Topics() {}

    /**
     * Reads what the directory holds of topics and settings, or starts a new cluster in it, and registers the log of every
     * partition with {@code logs}.
     */
    public static Topics open(Path directory, Logs logs, BrokerConfig config) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** 22 letters, kept in meta.properties. */
    public String clusterId() {
        throw new UnsupportedOperationException();
    }

    /** The settings as they are now: those that the broker was started with, and those changed since (AlterConfigs). */
    public BrokerConfig config() {
        throw new UnsupportedOperationException();
    }

    /** A producer id that no one was ever given in this directory. */
    public long nextProducerId() throws InterruptedException {
        throw new UnsupportedOperationException();
    }

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

    /** The topic's {@code min.insync.replicas}; above 1, {@code acks=all} gets NOT_ENOUGH_REPLICAS. */
    public int minInSyncReplicas(Topic topic) {
        throw new UnsupportedOperationException();
    }

    /** Creates {@code __consumer_offsets} if need be, with its own settings (compacted, offsets.topic.num.partitions). */
    public Topic offsetsTopic() throws InterruptedException {
        throw new UnsupportedOperationException();
    }
}
