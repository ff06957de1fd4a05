package dev.klamm.broker.topic;

import dev.klamm.log.LogConfig;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs of every topic's partitions. Any thread may look one up; one at a time adds and removes ({@link Topics} holds its
 * lock).
 */
final class TopicLogs {
    private static final Logger LOG = LoggerFactory.getLogger(TopicLogs.class);
    private static final PartitionLog[] NONE = new PartitionLog[0];

    private final Logs logs;

    /** By topic id; an array is never changed once it is here. */
    private final ConcurrentHashMap<Uuid, PartitionLog[]> byTopic = new ConcurrentHashMap<>();

    TopicLogs(Logs logs) {
        this.logs = logs;
    }

    Optional<PartitionLog> find(Uuid topicId, int partition) {
        PartitionLog[] all = byTopic.get(topicId);
        return all == null || partition < 0 || partition >= all.length ? Optional.empty() : Optional.of(all[partition]);
    }

    /**
     * Brings the logs of a topic in line with it: the settings of those that are there, and more for partitions that have none.
     * A map entry each: no file is made.
     */
    void register(Topic topic, LogConfig config, IntUnaryOperator leaderEpochs) {
        PartitionLog[] present = byTopic.getOrDefault(topic.id(), NONE);
        PartitionLog[] all = Arrays.copyOf(present, topic.partitionCount());
        for (int partition = 0; partition < all.length; partition++) {
            if (partition < present.length) {
                all[partition].reconfigure(config);
            } else {
                all[partition] = logs.register(topic.logId(partition), config, leaderEpochs.applyAsInt(partition));
            }
        }
        byTopic.put(topic.id(), all);
    }

    /** The topic is gone already, whatever becomes of its files. */
    void delete(Topic topic) {
        byTopic.remove(topic.id());
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            try {
                logs.delete(topic.logId(partition));
            } catch (IOException | UncheckedIOException e) {
                LOG.error("The files of the deleted {} stay on the disk", topic.logId(partition), e);
            }
        }
    }
}
