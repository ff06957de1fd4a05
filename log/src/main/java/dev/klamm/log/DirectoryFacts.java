package dev.klamm.log;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * What {@link DirectoryCheck} knows of the whole directory before it looks at the partitions.
 *
 * @param isLive whether a broker works there
 * @param mayBeTorn whether a segment may end with a torn write: nothing marks the stop as clean
 * @param cleaned up to where partitions were compacted
 * @param journal by log, the first offset that the journal of an unclean stop has of it
 * @param known damage that the broker has found before
 * @param progress is told how many bytes more were read
 */
record DirectoryFacts(
        boolean isLive,
        boolean mayBeTorn,
        DirectoryCheck.Topics topics,
        Map<TopicPartition, Long> recoveryPoints,
        Map<TopicPartition, Long> cleaned,
        Map<LogKey, Long> journal,
        List<Damage> known,
        LongConsumer progress) {

    record LogKey(Uuid topicId, int partition) {}

    /** Whether offsets may be missing without anything being lost. */
    boolean isCompacted(TopicPartition partition) {
        return cleaned.containsKey(partition) || topics.compacted().contains(partition.topic());
    }

    /** Up to where the segments are known to be on disk, exclusive; -1 if nothing is known. */
    long recoveryPoint(TopicPartition partition) {
        return recoveryPoints.getOrDefault(partition, -1L);
    }

    OptionalLong journalFrom(Uuid topicId, int partition) {
        Long first = journal.get(new LogKey(topicId, partition));
        return first == null ? OptionalLong.empty() : OptionalLong.of(first);
    }

    List<Damage> known(Uuid topicId, TopicPartition partition) {
        return known.stream()
                .filter(it -> it.log().topicId().equals(topicId) && it.log().partition() == partition.partition())
                .toList();
    }

    /** Whether the metadata log is known, and has no topic of this id and name. */
    boolean isStranger(Uuid topicId, TopicPartition partition) {
        return !topics.names().isEmpty()
                && !partition.topic().equals(topics.names().get(topicId));
    }

    /** That of the topic there is now; the zero id if it is not known. */
    Uuid topicId(String topic) {
        return topics.names().entrySet().stream()
                .filter(it -> it.getValue().equals(topic))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(Uuid.ZERO_UUID);
    }
}
