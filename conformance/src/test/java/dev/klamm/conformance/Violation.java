package dev.klamm.conformance;

/** A promise that a history shows to be broken. */
record Violation(Kind kind, String what) {
    enum Kind {
        /** An acknowledged record is not in the log. */
        LOST,
        /** A record that a consumer had read is not in the log any more, or another is in its place. */
        UNREAD,
        /** A record is not at the offset that its acknowledgement named. */
        MISPLACED,
        /** A record is there more often than it can be. */
        DUPLICATED,
        /** Records of an idempotent producer are not in the order of their sending. */
        REORDERED,
        /** A record that nobody sent, or not to this log, or whose bytes have changed. */
        INVENTED,
        /** A reader was given a record, and not the one before it. */
        SKIPPED,
        /** A send that may be repeated for ever failed for good. */
        REFUSED,
        /** A log start that went back, or moved farther than anybody asked. */
        LOG_START,
        /** A committed offset that was acknowledged, or had been seen, is gone or lower. */
        COMMIT_LOST,
        /** A committed offset that nobody sent. */
        COMMIT_INVENTED,
        /** A topic or partition that was acknowledged is not there, or a deleted one is. */
        TOPIC,
        /** Of a committed transaction some records are there and some are not. */
        TORN,
        /** A read_committed consumer was given a record of a transaction that nobody committed. */
        ABORTED_READ,
        /** A read_committed consumer was given a record twice, or two that were made of the same one. */
        READ_TWICE,
        /** An offset is committed and what was made of the records before it is not, or the other way round. */
        OFFSET_TORN,
        /** All transactions have ended, and read_committed consumers still cannot get by one. */
        HANGING,
        /** The history itself does not tell enough: no audit came after what was to be checked. */
        UNCHECKED
    }

    @Override
    public String toString() {
        return kind + ": " + what;
    }
}
