package dev.klamm.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a log should hold: the batches in order, and how much of it nothing may take away. */
final class LogModel {
    /** A batch as it was appended; {@code sequence} is -1 if its producer is not idempotent. */
    record Batch(long baseOffset, List<ReadBack.Seen> records, long producerId, int sequence) {
        long endOffset() {
            return baseOffset + records.size();
        }
    }

    final LogId id;
    final LogConfig config;
    private final List<Batch> batches = new ArrayList<>();

    /** Below it, nothing is lost if the process dies. */
    long writtenEnd;

    /** Below it, nothing is lost if the power is cut. */
    long syncedEnd;

    /** As acknowledged, and as wished: a deletion that was not acknowledged may have happened or not. */
    long startOffset;

    long wantedStart;

    LogModel(LogId id, LogConfig config) {
        this.id = id;
        this.config = config;
    }

    long endOffset() {
        return batches.isEmpty() ? 0 : batches.getLast().endOffset();
    }

    void add(Batch batch) {
        batches.add(batch);
    }

    List<Batch> batches() {
        return batches;
    }

    List<ReadBack.Seen> recordsFrom(long offset) {
        List<ReadBack.Seen> from = new ArrayList<>();
        for (Batch batch : batches) {
            if (batch.endOffset() > offset) {
                batch.records.stream()
                        .filter(record -> record.offset() >= offset)
                        .forEach(from::add);
            }
        }
        return from;
    }

    Optional<ReadBack.Seen> firstAtOrAfter(long timestampMs) {
        return recordsFrom(startOffset).stream()
                .filter(record -> record.timestampMs() >= timestampMs)
                .findFirst();
    }

    /** After a crash: batches that were not acknowledged may be gone, from the end. */
    void cutTo(long endOffset) {
        batches.removeIf(batch -> batch.baseOffset >= endOffset);
        writtenEnd = endOffset;
        syncedEnd = endOffset;
    }

    /** The newest batch of a producer, deleted or not. */
    Optional<Batch> newestOf(long producerId) {
        return batches.stream().filter(batch -> batch.producerId == producerId).reduce((_, later) -> later);
    }
}
