package dev.klamm.log;

/**
 * A stretch of a segment file that holds no good batches.
 *
 * @param firstOffset the first offset that may have been in it: the one behind the last good batch
 * @param lastOffset the last one, inclusive; below {@code firstOffset} if the good batches around it leave none out
 * @param from its first byte in the file
 * @param to the byte behind it, where the next good batch or the end of the file is
 * @param what is wrong with its first batch
 */
record DamagedRange(long firstOffset, long lastOffset, long from, long to, String what) {

    /** Whether bytes are damaged, but no offset is missing. */
    boolean isBetweenBatches() {
        return lastOffset < firstOffset;
    }

    boolean contains(long offset) {
        return firstOffset <= offset && offset <= lastOffset;
    }

    /** The same, of which only these offsets count. */
    DamagedRange between(long newFirstOffset, long newLastOffset) {
        return new DamagedRange(newFirstOffset, newLastOffset, from, to, what);
    }

    /** The same as a finding of a log. {@code file} is the name of the segment's file within the data directory. */
    Damage of(LogId log, String file) {
        String where = from == to ? what : "bytes %d to %d: %s".formatted(from, to - 1, what);
        return new Damage(log, firstOffset, lastOffset, file, where);
    }
}
