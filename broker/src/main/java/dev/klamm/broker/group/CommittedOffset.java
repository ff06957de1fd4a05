package dev.klamm.broker.group;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;

/**
 * How far a group has come in a partition: the next offset that it wants to read.
 *
 * @param leaderEpoch of the last record it read, -1 if it doesn't know
 * @param metadata what the client wanted to be kept with it, empty if nothing
 * @param commitTimestampMs ms since 1970
 * @param expireTimestampMs ms since 1970, if the client gave the offset a life of its own; -1 else
 * @param topicId tells the topic from an earlier one of the same name; zero if it is not known
 * @param recordOffset where in the log the record of this stands; -1 before it is there
 */
record CommittedOffset(
        long offset,
        int leaderEpoch,
        String metadata,
        long commitTimestampMs,
        long expireTimestampMs,
        Uuid topicId,
        long recordOffset) {

    private static final long NEVER = -1;
    private static final long DEFAULT_RETENTION = -1;
    private static final long NOT_WRITTEN = -1;

    static CommittedOffset of(OffsetCommitRequestPartition partition, Uuid topicId, long nowMs, long retentionMs) {
        String metadata = orEmpty(partition.committedMetadata());
        if (retentionMs == DEFAULT_RETENTION) {
            return new CommittedOffset(
                    partition.committedOffset(),
                    partition.committedLeaderEpoch(),
                    metadata,
                    nowMs,
                    NEVER,
                    topicId,
                    NOT_WRITTEN);
        }
        // The one version of the record that can hold an expiry can hold neither an epoch nor a topic id.
        return new CommittedOffset(
                partition.committedOffset(), -1, metadata, nowMs, nowMs + retentionMs, Uuid.ZERO_UUID, NOT_WRITTEN);
    }

    /** In a transaction: the request has no topic id, and Kafka writes none. */
    static CommittedOffset of(TxnOffsetCommitRequestPartition partition, long nowMs) {
        return new CommittedOffset(
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                orEmpty(partition.committedMetadata()),
                nowMs,
                NEVER,
                Uuid.ZERO_UUID,
                NOT_WRITTEN);
    }

    private static String orEmpty(@Nullable String metadata) {
        return metadata == null ? "" : metadata;
    }

    static CommittedOffset of(OffsetCommitValue value, long recordOffset) {
        return new CommittedOffset(
                value.offset(),
                value.leaderEpoch(),
                value.metadata(),
                value.commitTimestamp(),
                value.expireTimestamp(),
                value.topicId(),
                recordOffset);
    }

    OffsetCommitValue toValue() {
        return new OffsetCommitValue()
                .setOffset(offset)
                .setLeaderEpoch(leaderEpoch)
                .setMetadata(metadata)
                .setCommitTimestamp(commitTimestampMs)
                .setExpireTimestamp(expireTimestampMs)
                .setTopicId(topicId);
    }

    boolean expires() {
        return expireTimestampMs != NEVER;
    }

    /** Whether its time is over; {@code sinceMs} is from when on the group's retention counts for it. */
    boolean isExpired(long nowMs, long sinceMs, long retentionMs) {
        return expires() ? nowMs >= expireTimestampMs : nowMs - sinceMs >= retentionMs;
    }

    /** Whether it was committed for this topic, or may have been. */
    boolean isOf(Uuid id) {
        return topicId.equals(Uuid.ZERO_UUID) || id.equals(Uuid.ZERO_UUID) || topicId.equals(id);
    }
}
