package dev.klamm.broker.topic;

import java.util.Arrays;
import java.util.Optional;

/**
 * Kafka's features (KIP-584, KIP-1022), in the order in which Kafka 4.3 writes their levels into a new directory. The levels of
 * those that are not served change nothing here; they are kept for an Apache Kafka that takes the directory over.
 */
public enum Feature {
    /** From 3.3-IV3 to 4.3-IV0. */
    METADATA("metadata.version", 7, 30, true),
    /** What it has of meaning on one broker: that min.insync.replicas is one for all (KIP-966). */
    ELIGIBLE_LEADER_REPLICAS("eligible.leader.replicas.version", 0, 1, true),
    /** 1: the consumer protocol of KIP-848. */
    GROUP("group.version", 0, 1, true),
    SHARE("share.version", 0, 1, false),
    STREAMS("streams.version", 0, 1, false),
    /** 2: KIP-890. */
    TRANSACTION("transaction.version", 0, 2, true);

    private final String id;
    private final short lowest;
    private final short highest;
    private final boolean isServed;

    Feature(String id, int lowest, int highest, boolean isServed) {
        this.id = id;
        this.lowest = (short) lowest;
        this.highest = (short) highest;
        this.isServed = isServed;
    }

    /** Kafka's name. */
    public String id() {
        return id;
    }

    /** Inclusive; 0 is the same as not having the feature. */
    public short lowest() {
        return lowest;
    }

    /** Inclusive; what a new directory begins with. */
    public short highest() {
        return highest;
    }

    /** Whether clients are told of it. */
    public boolean isServed() {
        return isServed;
    }

    static Optional<Feature> find(String id) {
        return Arrays.stream(values()).filter(feature -> feature.id.equals(id)).findFirst();
    }
}
