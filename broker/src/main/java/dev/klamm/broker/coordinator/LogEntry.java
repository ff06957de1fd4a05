package dev.klamm.broker.coordinator;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a coordinator's log holds, in its order. */
public sealed interface LogEntry {

    /**
     * A record.
     *
     * @param offset in the log; tells which of two records is the later one, when compaction has been there, too
     * @param value null is a tombstone
     * @param transaction of its batch: the record counts from that producer's {@link Marker} on, if it is a commit. Null
     *     if the record was written in no transaction and counts at once
     */
    record Written(
            long offset,
            ByteBuffer key,
            @Nullable ByteBuffer value,
            @Nullable TransactionalProducer transaction) implements LogEntry {}

    /** The end of a producer's transaction in this log: a control batch. */
    record Marker(TransactionalProducer producer, int coordinatorEpoch, boolean isCommit) implements LogEntry {}
}
