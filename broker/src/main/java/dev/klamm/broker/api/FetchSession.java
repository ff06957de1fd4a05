package dev.klamm.broker.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;

/**
 * What a client fetches, remembered between its requests (KIP-227), so that a request names only the partitions that
 * change, and an answer only those that have news. Used by one connection at a time; {@link FetchSessions} sees to that by the
 * session's epoch, which each request has to name and which moves with each.
 */
final class FetchSession {

    /** A partition as the request names it: by topic id from version 13 on, by topic name before. */
    record Key(Uuid topicId, String topic, int partition) {}

    /** What is wanted of a partition, and what its client was told last. */
    static final class Wanted {
        private final Key key;
        private FetchPartition request;
        private long toldHighWatermark = -1;
        private long toldLogStartOffset = -1;

        private Wanted(Key key, FetchPartition request) {
            this.key = key;
            this.request = request;
        }

        Key key() {
            return key;
        }

        /** Offset, size and epoch that the client asks for. */
        FetchPartition request() {
            return request;
        }

        private boolean isNews(PartitionData answer) {
            return answer.records().sizeInBytes() > 0
                    || answer.errorCode() != Errors.NONE.code()
                    || answer.highWatermark() != toldHighWatermark
                    || answer.logStartOffset() != toldLogStartOffset;
        }

        private void told(PartitionData answer) {
            // After an error the partition is told of again, whatever its watermark is then.
            boolean failed = answer.errorCode() != Errors.NONE.code();
            toldHighWatermark = failed ? -1 : answer.highWatermark();
            toldLogStartOffset = answer.logStartOffset();
        }
    }

    private final int id;
    private final boolean usesTopicIds;

    /** In the order in which they are read: those that gave records go to the end, so that all get their turn. */
    private final Map<Key, Wanted> wanted = new LinkedHashMap<>();

    private int epoch = FetchMetadata.nextEpoch(FetchMetadata.INITIAL_EPOCH);
    private long lastUsedNanos;

    FetchSession(int id, boolean usesTopicIds) {
        this.id = id;
        this.usesTopicIds = usesTopicIds;
    }

    /** 0 if it is not kept beyond its first request. */
    int id() {
        return id;
    }

    boolean usesTopicIds() {
        return usesTopicIds;
    }

    /** The epoch that the next request has to name. */
    int epoch() {
        return epoch;
    }

    void advanceEpoch() {
        epoch = FetchMetadata.nextEpoch(epoch);
    }

    long lastUsedNanos() {
        return lastUsedNanos;
    }

    void touch(long nowNanos) {
        lastUsedNanos = nowNanos;
    }

    void update(List<FetchTopic> topics, List<ForgottenTopic> forgotten) {
        for (FetchTopic topic : topics) {
            for (FetchPartition partition : topic.partitions()) {
                Key key = new Key(topic.topicId(), topic.topic(), partition.partition());
                wanted.computeIfAbsent(key, _ -> new Wanted(key, partition)).request = partition;
            }
        }
        for (ForgottenTopic topic : forgotten) {
            for (int partition : topic.partitions()) {
                wanted.remove(new Key(topic.topicId(), topic.topic(), partition));
            }
        }
    }

    boolean isEmpty() {
        return wanted.isEmpty();
    }

    /** A snapshot, in reading order. */
    List<Wanted> wanted() {
        return new ArrayList<>(wanted.values());
    }

    /** Whether the answer has to name this partition; if so, takes note of what the client is told. */
    boolean tell(Wanted partition, PartitionData answer) {
        boolean isNews = partition.isNews(answer);
        if (isNews) {
            partition.told(answer);
        }
        if (answer.records().sizeInBytes() > 0) {
            wanted.remove(partition.key);
            wanted.put(partition.key, partition);
        }
        return isNews;
    }
}
