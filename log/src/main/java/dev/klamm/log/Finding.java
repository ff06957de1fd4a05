package dev.klamm.log;

import org.jspecify.annotations.Nullable;

/**
 * One thing that {@link DirectoryCheck} has to say.
 *
 * @param partition the name of the partition's directory, such as {@code rides-0}; null if it is about the whole data directory
 * @param firstOffset of the records concerned; -1 if it is about no records
 * @param lastOffset inclusive; -1 likewise
 * @param file within the data directory
 * @param what is wrong, in a few words
 * @param advice what to do, or what will happen by itself
 */
public record Finding(
        Kind kind,
        @Nullable String partition,
        long firstOffset,
        long lastOffset,
        String file,
        String what,
        String advice) {

    /** How bad it is. */
    public enum Kind {
        /** Records, or what they belong to, are lost or can't be read. */
        DAMAGE,
        /** Nothing is lost: it is made good at the next start. */
        NOTE
    }

    static Finding damage(String partition, long first, long last, String file, String what, String advice) {
        return new Finding(Kind.DAMAGE, partition, first, last, file, what, advice);
    }

    static Finding note(@Nullable String partition, String file, String what, String advice) {
        return new Finding(Kind.NOTE, partition, -1, -1, file, what, advice);
    }

    public boolean isDamage() {
        return kind == Kind.DAMAGE;
    }

    public boolean concernsRecords() {
        return firstOffset >= 0;
    }
}
