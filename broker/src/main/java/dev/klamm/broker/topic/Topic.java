package dev.klamm.broker.topic;

import dev.klamm.log.LogId;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * One topic as of a moment.
 *
 * @param overrides the settings given for this topic alone, by Kafka's names; all others come from the broker
 */
public record Topic(String name, Uuid id, int partitionCount, Map<String, String> overrides) {

    /** {@code __consumer_offsets} and {@code __transaction_state}: clients may read them, not write or create them. */
    public boolean isInternal() {
        return org.apache.kafka.common.internals.Topic.isInternal(name);
    }

    public LogId logId(int partition) {
        return new LogId(id, name, partition);
    }
}
