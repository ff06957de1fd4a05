package dev.klamm.log;

import java.util.List;

/** What became of an append. Offsets are inclusive. */
public sealed interface AppendResult {

    /**
     * The records are in the log. They are not on disk yet: wait for {@code lsn} with {@link Logs#awaitWritten} (they
     * survive a killed process) or {@link Logs#awaitSynced} (they survive a power cut).
     *
     * @param logAppendTimeMs the time given to every record, or -1 if the topic keeps the producer's times
     */
    record Appended(long baseOffset, long lastOffset, long logAppendTimeMs, long logStartOffset, long lsn)
            implements AppendResult {}

    /**
     * The batch is one of the last five of its producer (KIP-98) and is not appended again. {@code lsn} is to be waited
     * for as after an append, since the original may still be on its way to disk.
     */
    record Duplicate(long baseOffset, long lastOffset, long logAppendTimeMs, long logStartOffset, long lsn)
            implements AppendResult {}

    /** Nothing was appended. {@code recordErrors} names the records at fault where single ones are. */
    record Rejected(Reason reason, String message, List<RecordError> recordErrors) implements AppendResult {
        public Rejected(Reason reason, String message) {
            this(reason, message, List.of());
        }
    }

    /** @param batchIndex the record's place in its batch, from 0 */
    record RecordError(int batchIndex, String message) {}

    /** Why a batch is refused; the names are those of Kafka's error codes. */
    enum Reason {
        CORRUPT_MESSAGE,
        INVALID_RECORD,
        INVALID_TIMESTAMP,
        MESSAGE_TOO_LARGE,
        RECORD_LIST_TOO_LARGE,
        UNSUPPORTED_FOR_MESSAGE_FORMAT,
        UNSUPPORTED_COMPRESSION_TYPE,
        OUT_OF_ORDER_SEQUENCE_NUMBER,
        INVALID_PRODUCER_EPOCH,
        UNKNOWN_PRODUCER_ID,
        INVALID_TXN_STATE,
        TRANSACTION_COORDINATOR_FENCED,
        KAFKA_STORAGE_ERROR,
        /** The topic was deleted meanwhile. */
        UNKNOWN_TOPIC_OR_PARTITION
    }
}
