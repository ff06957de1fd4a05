package dev.klamm.broker.topic;

/**
 * Producer ids, handed out from blocks. A block is recorded before its first id is given away, so that no id is ever given
 * twice; what is left of a block at a restart is lost.
 */
final class ProducerIds {
    static final int BLOCK = 1000;

    /** {@code next <= end}; equal: the block is used up. */
    private long next;

    private long end;

    boolean isUsedUp() {
        return next == end;
    }

    /** Ids {@code [first, first + BLOCK)} are on disk as taken. */
    void begin(long first) {
        next = first;
        end = first + BLOCK;
    }

    long take() {
        return next++;
    }
}
