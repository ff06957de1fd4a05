package dev.klamm.log;

import org.apache.kafka.common.Uuid;

/** Which log: a partition of a topic. The topic id tells a topic from an earlier one of the same name. */
public record LogId(Uuid topicId, String topic, int partition) {

    /** The name of the partition's directory, as Kafka names it. */
    public String directoryName() {
        return topic + "-" + partition;
    }

    @Override
    public String toString() {
        return directoryName();
    }
}
