package dev.klamm.broker.coordinator;

import org.jspecify.annotations.Nullable;

/** A record of a coordinator's topic, in the bytes of Kafka's schemas. */
public interface CoordinatorRecord {

    byte[] keyBytes();

    /** Null is a tombstone. */
    byte @Nullable [] valueBytes();
}
