package dev.klamm.log;

/**
 * A ticket to begin a transaction in a log (KIP-890). It is taken before the transaction's coordinator is asked whether the
 * log is part of the producer's transaction, and handed in with the batch. A marker that comes in between makes it void, so
 * that no late write begins a transaction that nobody will end. Guarded by the log's lock.
 */
public final class Verification {
    private final long producerId;
    private final boolean supportsEpochBump;
    private final long begunMs;
    private short producerEpoch;
    private int lowestSequence;

    Verification(long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump, long begunMs) {
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.lowestSequence = baseSequence;
        this.supportsEpochBump = supportsEpochBump;
        this.begunMs = begunMs;
    }

    /** Another batch waits for it. What comes with a greater epoch is counted from the beginning. */
    void join(short epoch, int baseSequence) {
        if (epoch > producerEpoch) {
            producerEpoch = epoch;
            lowestSequence = baseSequence;
        } else if (epoch == producerEpoch) {
            lowestSequence = Math.min(lowestSequence, baseSequence);
        }
    }

    long producerId() {
        return producerId;
    }

    short producerEpoch() {
        return producerEpoch;
    }

    /** Of the batches that waited for it: none with a greater one may come before that. */
    int lowestSequence() {
        return lowestSequence;
    }

    /** Whether the producer's epoch rises with each transaction (transaction version 2). */
    boolean supportsEpochBump() {
        return supportsEpochBump;
    }

    /** When it was begun, in ms since 1970. */
    long begunMs() {
        return begunMs;
    }
}
