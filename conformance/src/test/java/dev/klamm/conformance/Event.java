package dev.klamm.conformance;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a run of the crash harness, as its clients saw it. The order in a history is the order in time: what
 * ends in {@code Sent} or {@code Asked} was noted before the client was called, everything else after it came back.
 */
sealed interface Event {
    /** How a producer sends, which is what it may expect. */
    enum Guarantee {
        /** Idempotent, {@code acks=all}, never gives up: once, in order. */
        ONCE,
        /** {@code acks=all}, each send tried once; after a failure the same record is sent again. */
        SYNCED,
        /** {@code acks=1}, and else the same. */
        WRITTEN,
        /** In a transaction: once, in order, or not at all; who reads uncommitted records sees it also if it is aborted. */
        TRANSACTIONAL
    }

    /** What may be gone of a log. */
    enum Keeps {
        /** Nothing but what DeleteRecords took. */
        ALL,
        /** What a later record of the same key has replaced. */
        LATEST,
        /** What lies before the log start, which retention moves. */
        NEWEST,
        /** Nothing, but some offsets are those of markers, which no reader is given. */
        ALL_AND_MARKERS
    }

    /** @param number counts the transactions of a producer, whichever client it had, from 0 */
    record Transaction(String producer, long number) {
        @Override
        public String toString() {
            return producer + "/" + number;
        }
    }

    record Sent(Stamp stamp, Guarantee guarantee) implements Event {}

    /** @param offset -1 if the broker did not say */
    record Acked(Stamp stamp, long offset) implements Event {}

    record Failed(Stamp stamp, String why) implements Event {}

    /**
     * What one poll gave of one log.
     *
     * @param reader who read: a name of its own, or the group's for all of its members
     * @param records in the order in which they came
     */
    record Read(String reader, LogName log, List<Found> records) implements Event {}

    /** @param stamp null for a record that the harness never made */
    record Found(long offset, @Nullable Stamp stamp) {}

    /** Somebody is about to ask for the start and the end of these logs, and to read all between. */
    record AuditAsked(int audit, List<LogName> logs) implements Event {}

    /**
     * All records of a log in {@code [from, end)}.
     *
     * @param logStart as it was after the last record had been read
     * @param from at least logStart
     * @param end the high watermark after the audit had begun
     */
    record Audited(int audit, LogName log, long logStart, long from, long end, List<Found> records) implements Event {
        String range() {
            return "[" + from + ", " + end + ") of audit " + audit;
        }
    }

    record CommitSent(String group, LogName log, long offset) implements Event {}

    record CommitAcked(String group, LogName log, long offset) implements Event {}

    record CommitsAsked(int question, String group) implements Event {}

    /** The answer; a log without a commit is not in it. */
    record Commits(int question, String group, Map<LogName, Long> offsets) implements Event {}

    /** This record, of which {@code Sent} and so on tell, too, is part of the transaction. */
    record SentIn(Transaction transaction, Stamp stamp) implements Event {}

    /** A record in a transaction was made of this one, and of no other. */
    record MadeOf(Stamp stamp, LogName log, long offset) implements Event {}

    record OffsetSentIn(Transaction transaction, String group, LogName log, long offset) implements Event {}

    /** Somebody is about to commit or to abort it, who has not been fenced for all the history knows. */
    record EndSent(Transaction transaction, boolean isCommit) implements Event {}

    record EndAcked(Transaction transaction, boolean isCommit) implements Event {}

    /** What one poll of a read_committed consumer gave, which has read this log from its beginning. */
    record ReadCommitted(String reader, LogName log, List<Found> records) implements Event {}

    /**
     * All records that a read_committed consumer finds in a log, after all transactions have ended.
     *
     * @param end the last stable offset, as it was before the first was read
     * @param highWatermark asked for after that
     */
    record AuditedCommitted(LogName log, long end, long highWatermark, List<Found> records) implements Event {}

    record DeleteRecordsSent(LogName log, long before) implements Event {}

    record DeleteRecordsAcked(LogName log, long before) implements Event {}

    record TopicSent(String topic, int incarnation, int partitions, Keeps keeps) implements Event {}

    /** There is such a topic, or it has grown to so many partitions. */
    record TopicAcked(String topic, int incarnation, int partitions) implements Event {}

    record DeletionSent(String topic, int incarnation) implements Event {}

    record DeletionAcked(String topic, int incarnation) implements Event {}

    record TopicsAsked(int question) implements Event {}

    /** @param partitions how many each topic has; what there is not is not in it */
    record Topics(int question, Map<String, Integer> partitions) implements Event {}

    /** The broker's process is gone, killed or stopped. */
    record Ended() implements Event {}
}
