package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.FilterResult;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/**
 * One pass over one log: the last offsets of the dirty keys are put into a map, and then every segment up to where the map
 * reaches is written anew without the records that a later one of their key has replaced. If the map gets full the pass
 * ends there, and the next goes on. Groups of segments are put in place one after the other, so a pass that is stopped
 * has done no harm: it is begun again.
 *
 * <p>Done by one thread, which holds no lock but while it puts a new segment in place.
 */
final class Compaction implements AutoCloseable {
    private static final int MIN_BUFFER_BYTES = 64 << 10;

    /** Is asked before each step, with the bytes of the last one. */
    interface Pace {
        /** @throws java.io.InterruptedIOException if the pass is to end here */
        void passed(long bytes) throws IOException;
    }

    /** What a pass has done. */
    static final class Tally {
        private long keys;
        private long recordsRead;
        private long recordsKept;
        private long bytesRead;
        private long bytesKept;

        @Override
        public String toString() {
            return "%,d of %,d records and %,d of %,d bytes were kept; %,d keys were new"
                    .formatted(recordsKept, recordsRead, bytesKept, bytesRead, keys);
        }
    }

    private final Cleanable cleanable;
    private final PartitionLog log;
    private final LogConfig config;
    private final long nowMs;
    private final Pace pace;
    private final OffsetMap keys;
    private final ByteBuffer readBuffer;
    private final ByteBuffer writeBuffer;
    private final BufferSupplier decompression = BufferSupplier.create();
    private final Tally tally = new Tally();
    private long mappedEnd;
    private List<Segment> sourcesLeft;

    Compaction(Cleanable cleanable, Upkeep.Compaction limits, long nowMs, Pace pace) {
        this.cleanable = cleanable;
        this.log = cleanable.log();
        this.config = log.config();
        this.nowMs = nowMs;
        this.pace = pace;
        this.mappedEnd = cleanable.firstDirtyOffset();
        this.sourcesLeft = cleanable.segments();
        int bufferBytes = Math.max(MIN_BUFFER_BYTES, limits.ioBufferBytes() / 2);
        this.readBuffer = ByteBuffer.allocate(bufferBytes);
        this.writeBuffer = ByteBuffer.allocate(bufferBytes);
        this.keys = new OffsetMap(
                limits.dedupeBufferBytes(),
                limits.dedupeBufferLoadFactor(),
                cleanable.endOffset() - cleanable.firstDirtyOffset());
    }

    /**
     * Returns the first offset that is still dirty; empty if the log's segments changed meanwhile, so that nothing, or not
     * all, was put in place.
     *
     * @throws VerifiedBatches.DamagedException if a segment is damaged; it and those behind it are left alone
     * @throws SwapFailedException if it is not known what is on disk now
     */
    Optional<Long> run() throws IOException, SwapFailedException {
        // Also of those that are not compacted: there the marker may be, or in the tail.
        List<AbortedTransaction> aborted = log.abortedTransactions();
        // Those that ended before the walk begins would never be seen to end.
        long mapStart = cleanable.dirtySegments().getFirst().baseOffset();
        mapKeys(new CleanedTransactions(aborted.stream()
                .filter(transaction -> transaction.lastOffset() >= mapStart)
                .toList()));
        List<Segment> segments = cleanable.segments().stream()
                .filter(segment -> segment.baseOffset() < mappedEnd)
                .toList();
        CleanedTransactions transactions = new CleanedTransactions(aborted);
        CompactionFilter filter = new CompactionFilter(
                new CompactionFilter.Bounds(keys, mappedEnd, cleanable.endOffset()),
                transactions,
                cleanable.producers(),
                nowMs,
                config.cleanup().deleteRetentionMs());
        List<Damage> damages = log.changeFiles(LogFiles::damages).orElse(List.of());
        for (List<Segment> group : SegmentGroups.of(segments, endOf(segments.getLast()), config, damages)) {
            if (!rewrite(group, filter, transactions)) {
                return Optional.empty();
            }
            sourcesLeft = sourcesLeft.subList(group.size(), sourcesLeft.size());
        }
        return Optional.of(mappedEnd);
    }

    /** The segments that this pass has not replaced: unless somebody deletes them, the log still has them. */
    List<Segment> sourcesLeft() {
        return sourcesLeft;
    }

    /** Putting a segment in place failed half-way. */
    static final class SwapFailedException extends Exception {
        private static final long serialVersionUID = 1;

        SwapFailedException(IOException cause) {
            super(cause);
        }
    }

    /** Where the segment behind this one begins. */
    private long endOf(Segment segment) {
        int next = cleanable.segments().indexOf(segment) + 1;
        return next < cleanable.segments().size()
                ? cleanable.segments().get(next).baseOffset()
                : cleanable.endOffset();
    }

    // ---- the keys

    private void mapKeys(CleanedTransactions transactions) throws IOException {
        for (Segment segment : cleanable.dirtySegments()) {
            if (!mapKeys(segment, transactions)) {
                break;
            }
            // Compaction may have left no batch at the end.
            mappedEnd = endOf(segment);
        }
        tally.keys = keys.size();
    }

    /** Returns false if the map is full before the segment's end. */
    private boolean mapKeys(Segment segment, CleanedTransactions transactions) throws IOException {
        VerifiedBatches batches = new VerifiedBatches(segment, endOf(segment), readBuffer);
        for (ByteBuffer some = batches.next(); some.hasRemaining(); some = batches.next()) {
            pace.passed(some.remaining());
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(some).batches()) {
                if (!mapKeys(batch, transactions)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean mapKeys(MutableRecordBatch batch, CleanedTransactions transactions) {
        boolean hasKeys = !transactions.isDiscardable(batch) && !batch.isControlBatch();
        if (batch.lastOffset() < cleanable.firstDirtyOffset()) {
            return true;
        }
        if (hasKeys) {
            try (CloseableIterator<Record> records = batch.streamingIterator(decompression)) {
                while (records.hasNext()) {
                    if (!mapKey(records.next())) {
                        return false;
                    }
                }
            }
        }
        mappedEnd = batch.lastOffset() + 1;
        return true;
    }

    private boolean mapKey(Record record) {
        if (!record.hasKey() || record.offset() < cleanable.firstDirtyOffset()) {
            return true;
        }
        if (keys.isFull()) {
            return false;
        }
        keys.put(record.key(), record.offset());
        mappedEnd = record.offset() + 1;
        return true;
    }

    // ---- the segments

    /** Returns false if the result could not be put in place, since the log's segments have changed. */
    private boolean rewrite(List<Segment> group, CompactionFilter filter, CleanedTransactions transactions)
            throws IOException, SwapFailedException {
        Optional<CleanedSegment> begun =
                log.changeFiles(files -> files.beginCleaned(group.getFirst().baseOffset(), config));
        if (begun.isEmpty()) {
            return false;
        }
        CleanedSegment cleaned = begun.get();
        boolean isWhole = false;
        try {
            for (Segment segment : group) {
                rewrite(segment, filter, cleaned);
            }
            cleaned.finish(transactions.takeKept());
            isWhole = true;
        } finally {
            cleaned.close();
            if (!isWhole) {
                log.changeFiles(files -> files.discard(cleaned));
            }
        }
        return putInPlace(group, cleaned);
    }

    private boolean putInPlace(List<Segment> group, CleanedSegment cleaned) throws SwapFailedException {
        try {
            return log.changeFiles(files -> files.putInPlace(cleaned, group, config.fileDeleteDelayMs()))
                    .orElse(false);
        } catch (IOException e) {
            throw new SwapFailedException(e);
        }
    }

    private void rewrite(Segment segment, CompactionFilter filter, CleanedSegment cleaned) throws IOException {
        VerifiedBatches batches = new VerifiedBatches(segment, endOf(segment), readBuffer);
        for (ByteBuffer some = batches.next(); some.hasRemaining(); some = batches.next()) {
            pace.passed(some.remaining());
            while (some.hasRemaining()) {
                some.position(some.position() + rewrite(some, filter, cleaned));
            }
        }
    }

    /** Returns how many bytes were read: it may be less than there are, if what is to be written outgrows its buffer. */
    private int rewrite(ByteBuffer some, CompactionFilter filter, CleanedSegment cleaned) throws IOException {
        FilterResult result =
                MemoryRecords.readableRecords(some.slice()).filterTo(filter, writeBuffer.clear(), decompression);
        ByteBuffer kept = result.outputBuffer().flip();
        tally.recordsRead += result.messagesRead();
        tally.recordsKept += result.messagesRetained();
        tally.bytesRead += result.bytesRead();
        tally.bytesKept += kept.remaining();
        if (kept.hasRemaining()) {
            pace.passed(kept.remaining());
            cleaned.append(kept);
        }
        return result.bytesRead();
    }

    Tally tally() {
        return tally;
    }

    @Override
    public void close() {
        keys.close();
        decompression.close();
    }
}
