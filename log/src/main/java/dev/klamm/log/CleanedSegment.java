package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What a compaction makes of some segments: a segment whose files have {@code .cleaned} behind their names until
 * {@link SegmentSwap} gives them those of the segments that they replace. Used by one thread.
 */
final class CleanedSegment {
    private final Storage storage;
    private final SegmentSwap names;
    private final long baseOffset;
    private final int indexIntervalBytes;
    private final Storage.File log;
    private final OffsetIndex offsets;
    private final TimeIndex times;
    private long sizeBytes;
    private long bytesSinceIndexEntry;
    private long maxTimestampMs = -1;
    private long offsetOfMax;

    /** Creates the files, or empties those that an earlier compaction has left. */
    CleanedSegment(Storage storage, Path directory, long baseOffset, int indexIntervalBytes) throws IOException {
        this.storage = storage;
        this.names = new SegmentSwap(storage, directory, baseOffset);
        this.baseOffset = baseOffset;
        this.indexIntervalBytes = indexIntervalBytes;
        this.log = emptied(".log");
        this.offsets = new OffsetIndex(emptied(".index"), baseOffset);
        this.times = new TimeIndex(emptied(".timeindex"), baseOffset);
        storage.delete(names.path(".txnindex", SegmentSwap.CLEANED));
    }

    private Storage.File emptied(String suffix) throws IOException {
        Storage.File file = storage.openOrCreate(names.path(suffix, SegmentSwap.CLEANED));
        file.truncate(0);
        return file;
    }

    long baseOffset() {
        return baseOffset;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** Puts the remaining batches behind the last ones. Index entries are as far apart as in other segments. */
    void append(ByteBuffer batches) throws IOException {
        long position = sizeBytes;
        for (int at = batches.position(); at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
            index(batches, at);
        }
        log.write(new ByteBuffer[] {batches}, position);
    }

    private void index(ByteBuffer buffer, int at) throws IOException {
        long lastOffset = RecordBatchHeader.lastOffset(buffer, at);
        long timestampMs = RecordBatchHeader.maxTimestampMs(buffer, at);
        // A batch that was emptied has a timestamp, but no record that has it.
        if (timestampMs > maxTimestampMs && RecordBatchHeader.count(buffer, at) > 0) {
            maxTimestampMs = timestampMs;
            offsetOfMax = lastOffset;
        }
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            offsets.add(lastOffset, sizeBytes);
            times.add(maxTimestampMs, offsetOfMax);
            bytesSinceIndexEntry = 0;
        }
        int bytes = RecordBatchHeader.sizeInBytes(buffer, at);
        sizeBytes += bytes;
        bytesSinceIndexEntry += bytes;
    }

    /**
     * Completes the segment; on disk when it returns, but for the names.
     *
     * @param aborted the transactions whose markers it holds
     */
    void finish(List<AbortedTransaction> aborted) throws IOException {
        times.add(maxTimestampMs, offsetOfMax);
        if (!aborted.isEmpty()) {
            AbortedTransaction.write(storage, names.path(".txnindex", SegmentSwap.CLEANED), aborted);
        }
        log.sync();
        offsets.sync();
        times.sync();
    }

    void close() throws IOException {
        log.close();
        offsets.close();
        times.close();
    }
}
