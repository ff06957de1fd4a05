package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * What a log knows of one idempotent producer: its epoch and its last five batches of that epoch, so that a retry of any
 * of the five that a client may have in flight is known as a duplicate (KIP-98). Guarded by the log's lock.
 */
final class ProducerState {

    /** As many as a client may have in flight ({@code max.in.flight.requests.per.connection} of idempotent producers). */
    static final int BATCHES_KEPT = 5;

    static final short NO_EPOCH = -1;
    static final int NO_SEQUENCE = -1;

    /** A batch that is in the log. Sequences and offsets are inclusive; the timestamp is its greatest. */
    record Batch(int baseSequence, int lastSequence, long baseOffset, long lastOffset, long timestampMs) {
        int offsetDelta() {
            return (int) (lastOffset - baseOffset);
        }
    }

    private final long producerId;
    private short epoch;
    private int coordinatorEpoch;
    private long lastTimestampMs;
    private long currentTxnFirstOffset;

    // A ring. The newest batch is at (batchCount - 1) % BATCHES_KEPT; batchCount starts again with each epoch.
    private final int[] lastSequences = new int[BATCHES_KEPT];
    private final long[] lastOffsets = new long[BATCHES_KEPT];
    private final int[] offsetDeltas = new int[BATCHES_KEPT];
    private final long[] timestampsMs = new long[BATCHES_KEPT];
    private long batchCount;

    /** A producer of whom there is no batch yet. */
    ProducerState(
            long producerId, short epoch, int coordinatorEpoch, long lastTimestampMs, long currentTxnFirstOffset) {
        this.producerId = producerId;
        this.epoch = epoch;
        this.coordinatorEpoch = coordinatorEpoch;
        this.lastTimestampMs = lastTimestampMs;
        this.currentTxnFirstOffset = currentTxnFirstOffset;
    }

    /** Takes note of a batch that got its offsets. A new epoch forgets the batches of the old one. */
    void add(ByteBuffer buffer, int position) {
        long timestampMs = RecordBatchHeader.maxTimestampMs(buffer, position);
        add(
                RecordBatchHeader.producerEpoch(buffer, position),
                RecordBatchHeader.lastSequence(buffer, position),
                RecordBatchHeader.lastOffset(buffer, position),
                RecordBatchHeader.lastOffsetDelta(buffer, position),
                timestampMs);
        if (RecordBatchHeader.isTransactional(buffer, position) && currentTxnFirstOffset < 0) {
            currentTxnFirstOffset = RecordBatchHeader.baseOffset(buffer, position);
        }
    }

    void add(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long timestampMs) {
        if (epoch != batchEpoch) {
            epoch = batchEpoch;
            batchCount = 0;
        }
        int slot = (int) (batchCount++ % BATCHES_KEPT);
        lastSequences[slot] = lastSequence;
        lastOffsets[slot] = lastOffset;
        offsetDeltas[slot] = offsetDelta;
        timestampsMs[slot] = timestampMs;
        lastTimestampMs = timestampMs;
    }

    /** Ends the transaction, by a marker of the coordinator that may carry a new producer epoch. */
    void endTransaction(short markerEpoch, int markerCoordinatorEpoch, long timestampMs) {
        if (epoch != markerEpoch) {
            epoch = markerEpoch;
            batchCount = 0;
        }
        coordinatorEpoch = markerCoordinatorEpoch;
        currentTxnFirstOffset = -1;
        lastTimestampMs = timestampMs;
    }

    /** Returns the slot of the batch with exactly these sequences, or -1. */
    int slotOf(int baseSequence, int lastSequence) {
        int kept = (int) Math.min(batchCount, BATCHES_KEPT);
        for (int slot = 0; slot < kept; slot++) {
            if (lastSequences[slot] == lastSequence && baseSequenceAt(slot) == baseSequence) {
                return slot;
            }
        }
        return -1;
    }

    Batch batchAt(int slot) {
        long lastOffset = lastOffsets[slot];
        return new Batch(
                baseSequenceAt(slot),
                lastSequences[slot],
                lastOffset - offsetDeltas[slot],
                lastOffset,
                timestampsMs[slot]);
    }

    /** The batches that are known, oldest first. */
    List<Batch> batches() {
        int kept = (int) Math.min(batchCount, BATCHES_KEPT);
        return LongStream.range(batchCount - kept, batchCount)
                .mapToObj(number -> batchAt((int) (number % BATCHES_KEPT)))
                .toList();
    }

    private int baseSequenceAt(int slot) {
        return (lastSequences[slot] - offsetDeltas[slot]) & Integer.MAX_VALUE;
    }

    private int newestSlot() {
        return (int) ((batchCount - 1) % BATCHES_KEPT);
    }

    boolean hasBatches() {
        return batchCount > 0;
    }

    int lastSequence() {
        return hasBatches() ? lastSequences[newestSlot()] : NO_SEQUENCE;
    }

    /** Offset of the last record; -1 if no batch is known. */
    long lastOffset() {
        return hasBatches() ? lastOffsets[newestSlot()] : -1;
    }

    /** The last offset of the newest batch that ends below {@code bound}, or else of the newest; empty if none is known. */
    OptionalLong lastOffsetBelow(long bound) {
        long greatest = -1;
        for (int slot = 0; slot < Math.min(batchCount, BATCHES_KEPT); slot++) {
            if (lastOffsets[slot] < bound) {
                greatest = Math.max(greatest, lastOffsets[slot]);
            }
        }
        if (greatest >= 0) {
            return OptionalLong.of(greatest);
        }
        return hasBatches() ? OptionalLong.of(lastOffset()) : OptionalLong.empty();
    }

    /** Last offset - base offset of the newest batch; 0 if no batch is known. */
    int lastOffsetDelta() {
        return hasBatches() ? offsetDeltas[newestSlot()] : 0;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    /** Of the coordinator that wrote the last transaction marker; -1 before the first. */
    int coordinatorEpoch() {
        return coordinatorEpoch;
    }

    /** Greatest timestamp of the newest batch, or that of a later marker; ms since 1970. */
    long lastTimestampMs() {
        return lastTimestampMs;
    }

    /** -1 outside a transaction. */
    long currentTxnFirstOffset() {
        return currentTxnFirstOffset;
    }
}
