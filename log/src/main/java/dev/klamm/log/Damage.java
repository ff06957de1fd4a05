package dev.klamm.log;

/**
 * A range of one log that was synced once and can't be read any more.
 *
 * @param lastOffset inclusive
 * @param file where it was found: a name within the data directory
 * @param what is wrong there, in a few words
 */
public record Damage(LogId log, long firstOffset, long lastOffset, String file, String what) {

    public boolean contains(long offset) {
        return firstOffset <= offset && offset <= lastOffset;
    }

    @Override
    public String toString() {
        return "%s offsets %d to %d are damaged: %s in %s".formatted(log, firstOffset, lastOffset, what, file);
    }
}
