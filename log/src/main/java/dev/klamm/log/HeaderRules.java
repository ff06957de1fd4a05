package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.record.internal.CompressionType;

/** What can be said of a client's batch without looking at its records. */
final class HeaderRules {

    /** The smallest length field of any format (a record of format 0 without key and value). */
    private static final int MIN_LENGTH = 14;

    private HeaderRules() {}

    /** The rule that a batch breaks; {@code what} is the rest of a sentence about the append. */
    record Broken(Reason reason, String what) {}

    /**
     * Judges what remains in {@code records}.
     *
     * @return the first rule that is broken; if empty, one whole batch begins at the buffer's position
     */
    static Optional<Broken> check(ByteBuffer records, int maxMessageBytes) {
        Optional<Broken> framing = checkFraming(records);
        return framing.isPresent() ? framing : checkHeader(records, maxMessageBytes);
    }

    /** Looks for exactly one whole batch of format 2. What is cut short behind it does not count, as with Kafka. */
    private static Optional<Broken> checkFraming(ByteBuffer records) {
        int at = records.position();
        return switch (framingAt(records, at)) {
            case NONE -> broken(Reason.INVALID_RECORD, "there is no whole record batch");
            case CORRUPT -> broken(Reason.CORRUPT_MESSAGE, "there is no record batch, by its length or magic");
            case WHOLE -> checkFramingBehind(records, at);
        };
    }

    private static Optional<Broken> checkFramingBehind(ByteBuffer records, int at) {
        if (RecordBatchHeader.magic(records, at) != RecordBatchHeader.MAGIC_2) {
            return broken(Reason.INVALID_RECORD, "only record batches with magic 2 are accepted");
        }
        return switch (framingAt(records, at + RecordBatchHeader.sizeInBytes(records, at))) {
            case NONE -> Optional.empty();
            case CORRUPT -> broken(Reason.CORRUPT_MESSAGE, "what follows the record batch is no record batch");
            case WHOLE -> broken(Reason.INVALID_RECORD, "there is more than one record batch");
        };
    }

    private enum Framing {
        NONE,
        WHOLE,
        CORRUPT
    }

    /** Judges by length and magic alone, which stand at the same place in all three formats. */
    private static Framing framingAt(ByteBuffer records, int at) {
        int available = records.limit() - at;
        if (available < RecordBatchHeader.LENGTH_OVERHEAD) {
            return Framing.NONE;
        }
        int length = RecordBatchHeader.length(records, at);
        if (length < MIN_LENGTH) {
            return Framing.CORRUPT;
        }
        if (available <= RecordBatchHeader.MAGIC) {
            return Framing.NONE;
        }
        byte magic = RecordBatchHeader.magic(records, at);
        if (magic < 0 || magic > RecordBatchHeader.MAGIC_2) {
            return Framing.CORRUPT;
        }
        return length > available - RecordBatchHeader.LENGTH_OVERHEAD ? Framing.NONE : Framing.WHOLE;
    }

    private static Optional<Broken> checkHeader(ByteBuffer records, int maxMessageBytes) {
        int at = records.position();
        int size = RecordBatchHeader.sizeInBytes(records, at);
        if (size < RecordBatchHeader.SIZE) {
            return broken(Reason.CORRUPT_MESSAGE, "%d bytes are too few for a record batch".formatted(size));
        }
        if (RecordBatchHeader.baseOffset(records, at) != 0) {
            return broken(
                    Reason.INVALID_RECORD,
                    "the base offset is %d and not 0".formatted(RecordBatchHeader.baseOffset(records, at)));
        }
        if (size > maxMessageBytes) {
            return broken(
                    Reason.MESSAGE_TOO_LARGE,
                    "the record batch has %d bytes, max.message.bytes is %d".formatted(size, maxMessageBytes));
        }
        if (!RecordBatchHeader.crcIsRight(records, at)) {
            return broken(
                    Reason.CORRUPT_MESSAGE,
                    "the record batch is corrupt, its crc is not %d".formatted(RecordBatchHeader.crc(records, at)));
        }
        // Differs from Kafka: it answers UNKNOWN_SERVER_ERROR to a compression that does not exist.
        if (RecordBatchHeader.compressionId(records, at) > CompressionType.ZSTD.id) {
            return broken(
                    Reason.UNSUPPORTED_COMPRESSION_TYPE,
                    "there is no compression %d".formatted(RecordBatchHeader.compressionId(records, at)));
        }
        return checkCountAndKind(records, at);
    }

    private static Optional<Broken> checkCountAndKind(ByteBuffer records, int at) {
        int lastOffsetDelta = RecordBatchHeader.lastOffsetDelta(records, at);
        int count = RecordBatchHeader.count(records, at);
        if (lastOffsetDelta < 0 || count <= 0 || count != lastOffsetDelta + 1L) {
            return broken(
                    Reason.INVALID_RECORD,
                    "the record batch has %d records and last offset delta %d".formatted(count, lastOffsetDelta));
        }
        if (RecordBatchHeader.isControl(records, at)) {
            return broken(Reason.INVALID_RECORD, "clients do not write control records");
        }
        if (RecordBatchHeader.hasProducerId(records, at) && RecordBatchHeader.baseSequence(records, at) < 0) {
            return broken(
                    Reason.INVALID_RECORD,
                    "the base sequence of producer %d is %d"
                            .formatted(
                                    RecordBatchHeader.producerId(records, at),
                                    RecordBatchHeader.baseSequence(records, at)));
        }
        return Optional.empty();
    }

    private static Optional<Broken> broken(Reason reason, String what) {
        return Optional.of(new Broken(reason, what));
    }
}
