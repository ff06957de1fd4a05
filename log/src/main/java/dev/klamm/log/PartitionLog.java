package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** The log of one partition. (Skeleton: being written; the signatures are what other modules may rely on.) */
public final class PartitionLog {

    /** How far a reader may see. */
    public enum ReadBound {
        /** Everything appended, durable or not. Only for the broker's own state machines. */
        LOG_END,
        /** What is durable ({@code read_uncommitted}). */
        HIGH_WATERMARK,
        /** What is durable and not part of an open transaction ({@code read_committed}). */
        LAST_STABLE
    }

    /** Who appends: what a client sends is validated more strictly than what a coordinator or the controller writes. */
    public enum Origin {
        CLIENT,
        BROKER
    }

    /** A record's offset and timestamp (ms since 1970). */
    public record TimestampedOffset(long timestampMs, long offset) {}

    /** An active producer (KIP-664). Times in ms since 1970; {@code currentTxnStartOffset} is -1 outside a transaction. */
    public record ActiveProducer(
            long producerId,
            short producerEpoch,
            int lastSequence,
            long lastTimestampMs,
            int coordinatorEpoch,
            long currentTxnStartOffset) {}

    PartitionLog() {}

    public LogId id() {
        throw new UnsupportedOperationException();
    }

    public LogConfig config() {
        throw new UnsupportedOperationException();
    }

    /** Takes effect with the next append, roll or retention run. */
    public void reconfigure(LogConfig config) {
        throw new UnsupportedOperationException();
    }

    /**
     * Validates and appends one or more v2 record batches; offsets and leader epoch are written into {@code records},
     * which belongs to the log from then on. Does not wait for the disk: see {@link AppendResult.Appended#lsn}.
     */
    public AppendResult append(ByteBuffer records, Origin origin) {
        throw new UnsupportedOperationException();
    }

    /** Returns at most {@code maxBytes}, or one whole batch of any size if {@code atLeastOneBatch}. Never waits. */
    public ReadResult read(long offset, int maxBytes, boolean atLeastOneBatch, ReadBound bound) {
        throw new UnsupportedOperationException();
    }

    /** The first offset kept. */
    public long logStartOffset() {
        throw new UnsupportedOperationException();
    }

    /** The offset the next record gets. */
    public long logEndOffset() {
        throw new UnsupportedOperationException();
    }

    /** Exclusive bound of what is durable. */
    public long highWatermark() {
        throw new UnsupportedOperationException();
    }

    /** Exclusive bound of what {@code read_committed} readers may see. */
    public long lastStableOffset() {
        throw new UnsupportedOperationException();
    }

    public int leaderEpoch() {
        throw new UnsupportedOperationException();
    }

    /** End offset (exclusive) of the greatest epoch that is not above {@code leaderEpoch}; empty if there is none. */
    public Optional<EpochEnd> endOfEpoch(int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    public record EpochEnd(int leaderEpoch, long endOffset) {}

    /** The first record with this timestamp or a later one, below the high watermark. */
    public Optional<TimestampedOffset> firstAtOrAfter(long timestampMs) {
        throw new UnsupportedOperationException();
    }

    /** The record with the greatest timestamp (the first of several). */
    public Optional<TimestampedOffset> maxTimestamp() {
        throw new UnsupportedOperationException();
    }

    /**
     * Raises the log start offset ({@code DeleteRecords}); -1 means to the high watermark. Durable when it returns.
     *
     * @return the new log start offset, or empty if {@code offset} is beyond the high watermark
     */
    public Optional<Long> deleteRecordsBefore(long offset) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of all segments and of what is still on its way to them. */
    public long sizeBytes() {
        throw new UnsupportedOperationException();
    }

    public List<ActiveProducer> activeProducers() {
        throw new UnsupportedOperationException();
    }

    /** Calls {@link Waiter#wake} each time the high watermark or last stable offset moves, until removed. */
    public void addWaiter(Waiter waiter) {
        throw new UnsupportedOperationException();
    }

    public void removeWaiter(Waiter waiter) {
        throw new UnsupportedOperationException();
    }
}
