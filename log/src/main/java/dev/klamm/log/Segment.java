package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * One segment of a log: a {@code .log} file of record batches in offset order, and its two indexes, as Kafka has them. The
 * files are opened at the first use. Whoever holds the log's flush lock appends; any thread reads what was published,
 * which is the first {@link #sizeBytes} bytes, and these never change.
 */
final class Segment {
    private final Storage storage;
    private final Path directory;
    private final long baseOffset;

    /** Guards {@code files}. */
    private final ReentrantLock opening = new ReentrantLock();

    private volatile @Nullable Files files;
    private volatile long publishedBytes;

    /** Nobody had it open when its names were taken away: it is not to be opened, and made anew, under its old ones. */
    private volatile boolean isGone;

    /** Which part of {@code segment.jitter.ms} comes off this segment's age. */
    private final int jitter = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);

    // The rest is touched under the log's flush lock, or before the segment is shown to others.
    private long writtenBytes;
    private long bytesSinceIndexEntry;
    private long createdMs;
    private long firstTimestampMs = RecordBatch.NO_TIMESTAMP;
    private volatile TimestampedOffset max;

    private record Files(Storage.File log, OffsetIndex offsets, TimeIndex times) {}

    /** Where a batch is in the file, in bytes. */
    record Place(long position, int sizeBytes) {}

    /** How far a scan found whole, good batches; whole if that is all that was looked for. */
    record ScanEnd(long endOffset, long position, boolean isWhole) {}

    private Segment(Storage storage, Path directory, long baseOffset, long createdMs) {
        this.storage = storage;
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.createdMs = createdMs;
        this.max = new TimestampedOffset(RecordBatch.NO_TIMESTAMP, baseOffset);
    }

    static Segment create(Storage storage, Path directory, long baseOffset, long nowMs) throws IOException {
        Segment segment = new Segment(storage, directory, baseOffset, nowMs);
        segment.files();
        return segment;
    }

    /** A segment on disk; nothing is opened yet. */
    static Segment existing(Storage storage, Path directory, long baseOffset, long nowMs) {
        return new Segment(storage, directory, baseOffset, nowMs);
    }

    /** The name of a segment's file, such as {@code 00000000000000000042.log}. */
    static String fileName(long baseOffset, String suffix) {
        return "%020d%s".formatted(baseOffset, suffix);
    }

    private Path path(String suffix) {
        return directory.resolve(fileName(baseOffset, suffix));
    }

    private Files files() throws IOException {
        Files open = files;
        return open != null ? open : open();
    }

    private Files open() throws IOException {
        opening.lock();
        try {
            Files open = files;
            if (open == null) {
                if (isGone) {
                    throw new NoSuchFileException(path(".log").toString());
                }
                Storage.File log = storage.openOrCreate(path(".log"));
                OffsetIndex offsets = new OffsetIndex(storage.openOrCreate(path(".index")), baseOffset);
                TimeIndex times = new TimeIndex(storage.openOrCreate(path(".timeindex")), baseOffset);
                open = new Files(log, offsets, times);
                max = times.last().orElse(max);
                writtenBytes = log.size();
                publishedBytes = writtenBytes;
                files = open;
            }
            return open;
        } finally {
            opening.unlock();
        }
    }

    long baseOffset() {
        return baseOffset;
    }

    /** When it was begun, or found by this process; ms since 1970. */
    long createdMs() {
        return createdMs;
    }

    long offsetIndexBytes() throws IOException {
        return files().offsets.sizeBytes();
    }

    long timeIndexBytes() throws IOException {
        return files().times.sizeBytes();
    }

    /** Bytes that readers may see. Leaves the files closed if nobody has opened them. */
    long sizeBytes() throws IOException {
        if (files != null) {
            return publishedBytes;
        } else if (isGone) {
            throw new NoSuchFileException(path(".log").toString());
        }
        try (Storage.File log = storage.openForReading(path(".log"))) {
            return log.size();
        }
    }

    /** The greatest timestamp of a record; if none has one, when the file was last written to. Ms since 1970. */
    long newestMs() throws IOException {
        long timestampMs = max().timestampMs();
        return timestampMs >= 0 ? timestampMs : storage.lastModifiedMs(path(".log"));
    }

    Storage.File file() throws IOException {
        return files().log;
    }

    /** The greatest timestamp and the last offset of the first batch that has it; timestamp -1 if there is none. */
    TimestampedOffset max() throws IOException {
        files();
        return max;
    }

    /**
     * Whether a batch has to go to a new segment: it does not fit in size or in offset range, an index is full, or this
     * one is too old (by the batches' timestamps, or by the clock if they have none, as in Kafka).
     */
    boolean mustRollFor(ByteBuffer batches, long lastOffset, long maxTimestampMs, LogConfig config, long nowMs)
            throws IOException {
        Files open = files();
        if (writtenBytes == 0) {
            return false;
        }
        long ageMs = firstTimestampMs() >= 0 ? maxTimestampMs - firstTimestampMs() : nowMs - createdMs;
        return writtenBytes > (long) config.segmentBytes() - batches.remaining()
                || ageMs > config.segmentAgeMs(jitter)
                || open.offsets.isFull(config.segmentIndexBytes())
                || open.times.isFull(config.segmentIndexBytes())
                || lastOffset - baseOffset > Integer.MAX_VALUE;
    }

    /** The greatest timestamp of the first batch, -1 if it has none or there is no batch. */
    long firstTimestampMs() throws IOException {
        if (firstTimestampMs < 0 && publishedBytes > 0) {
            BatchCursor cursor = new BatchCursor(files().log, 0, publishedBytes);
            if (cursor.next()) {
                firstTimestampMs = RecordBatchHeader.maxTimestampMs(cursor.window(), cursor.header());
            }
        }
        return firstTimestampMs;
    }

    /** Prepares {@code buffer} for {@link #append}. */
    void beginAppend(WriteBuffer buffer) throws IOException {
        buffer.startAt(files().log, writtenBytes);
    }

    /** Puts batches behind the last ones. They are on file and to be seen after {@link #finishAppend}. */
    void append(ByteBuffer batches, WriteBuffer buffer, int indexIntervalBytes) throws IOException {
        buffer.put(batches);
        int at = batches.position();
        while (at < batches.limit()) {
            indexBatch(batches, at, indexIntervalBytes);
            at += RecordBatchHeader.sizeInBytes(batches, at);
        }
    }

    private void indexBatch(ByteBuffer buffer, int at, int indexIntervalBytes) throws IOException {
        Files open = files();
        long lastOffset = RecordBatchHeader.lastOffset(buffer, at);
        long timestampMs = RecordBatchHeader.maxTimestampMs(buffer, at);
        if (writtenBytes == 0) {
            firstTimestampMs = timestampMs;
        }
        noteTimestamp(buffer, at);
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            open.offsets.add(lastOffset, writtenBytes);
            open.times.add(max.timestampMs(), max.offset());
            bytesSinceIndexEntry = 0;
        }
        int sizeBytes = RecordBatchHeader.sizeInBytes(buffer, at);
        writtenBytes += sizeBytes;
        bytesSinceIndexEntry += sizeBytes;
    }

    private void noteTimestamp(ByteBuffer buffer, int at) {
        long timestampMs = RecordBatchHeader.maxTimestampMs(buffer, at);
        // A batch that compaction emptied has a timestamp, but no record that has it.
        if (timestampMs > max.timestampMs() && RecordBatchHeader.count(buffer, at) > 0) {
            max = new TimestampedOffset(timestampMs, RecordBatchHeader.lastOffset(buffer, at));
        }
    }

    void finishAppend(WriteBuffer buffer) throws IOException {
        buffer.flush();
        files().offsets.flush();
        files().times.flush();
        publishedBytes = writtenBytes;
    }

    /** Completes the time index, as a segment that gets no more batches has it; returns whether that changed it. */
    boolean seal() throws IOException {
        boolean added = files().times.add(max.timestampMs(), max.offset());
        files().times.flush();
        return added;
    }

    /** Takes note of the producers of the batches from {@code states.endOffset()} up to {@code limit}. */
    void updateProducers(ProducerStates states, long limit) throws IOException {
        Files open = files();
        BatchCursor cursor = new BatchCursor(open.log, open.offsets.positionBefore(states.endOffset()), publishedBytes);
        while (cursor.next() && cursor.lastOffset() < limit) {
            if (cursor.lastOffset() >= states.endOffset()) {
                states.update(cursor);
            }
        }
    }

    void sync() throws IOException {
        Files open = files();
        open.log.sync();
        open.offsets.sync();
        open.times.sync();
    }

    /**
     * The batch that holds {@code offset}, or else the first one behind it; empty at the end of the segment.
     *
     * @throws IOException also if the way there is damaged
     */
    Optional<Place> find(long offset) throws IOException {
        Files open = files();
        long from = open.offsets.positionBefore(offset);
        long end = publishedBytes;
        BatchCursor cursor = new BatchCursor(open.log, from, end);
        while (cursor.next()) {
            if (cursor.lastOffset() >= offset) {
                return Optional.of(new Place(cursor.position(), cursor.sizeBytes()));
            }
        }
        if (cursor.position() < end) {
            throw new IOException("%s is damaged at byte %d".formatted(this, cursor.position()));
        }
        return Optional.empty();
    }

    /** The end of a log whose last segment this is, after a clean stop: from the last index entry it is not far. */
    ScanEnd findEnd() throws IOException {
        Files open = files();
        BatchCursor cursor = new BatchCursor(open.log, open.offsets.lastPosition(), publishedBytes);
        long endOffset = baseOffset;
        while (cursor.next()) {
            endOffset = cursor.lastOffset() + 1;
            // The time index ends with the last batch that has an entry, unless the segment was sealed.
            noteTimestamp(cursor.window(), cursor.header());
        }
        return new ScanEnd(endOffset, cursor.position(), cursor.position() == publishedBytes);
    }

    /**
     * After a stop that was not clean: steps through the segment up to the first batch that ends beyond {@code limit} or
     * is damaged, cuts the file there, and makes the indexes anew. What lies behind a damage below the limit is not cut:
     * it was synced once, and may be worth a look. Nothing must be appended to such a segment.
     *
     * @param limit exclusive offset bound: batches at or beyond it are cut off; {@link Long#MAX_VALUE} where the segment
     *     may end with a torn write, which is cut like them
     * @param verify whether to check the CRC of each batch: where no journal says up to where the segment is good
     */
    ScanEnd rebuild(long limit, boolean verify, int indexIntervalBytes) throws IOException {
        Files open = files();
        BatchCursor cursor = new BatchCursor(open.log, 0, publishedBytes);
        restartIndexes(open);
        long endOffset = baseOffset;
        while (cursor.next() && cursor.lastOffset() < limit && isGood(cursor, endOffset, verify)) {
            indexBatch(cursor.window(), cursor.header(), indexIntervalBytes);
            endOffset = cursor.lastOffset() + 1;
        }
        ScanEnd end = new ScanEnd(endOffset, writtenBytes, writtenBytes == publishedBytes || endOffset == limit);
        if (end.isWhole || limit == Long.MAX_VALUE) {
            open.log.truncate(writtenBytes);
            publishedBytes = writtenBytes;
        }
        open.offsets.flush();
        open.times.flush();
        return end;
    }

    private void restartIndexes(Files open) throws IOException {
        open.offsets.clear();
        open.times.clear();
        max = new TimestampedOffset(RecordBatch.NO_TIMESTAMP, baseOffset);
        writtenBytes = 0;
        bytesSinceIndexEntry = 0;
        firstTimestampMs = RecordBatch.NO_TIMESTAMP;
    }

    private static boolean isGood(BatchCursor cursor, long expectedOffset, boolean verify) throws IOException {
        ByteBuffer window = cursor.window();
        int header = cursor.header();
        if (RecordBatchHeader.magic(window, header) != RecordBatchHeader.MAGIC_2
                || RecordBatchHeader.baseOffset(window, header) < expectedOffset) {
            return false;
        }
        return !verify || RecordBatchHeader.crcIsRight(cursor.batch(), 0);
    }

    /** The first record at or behind {@code fromOffset} with this timestamp or a later one. */
    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs, long fromOffset) throws IOException {
        Files open = files();
        long offset = Math.max(open.times.offsetBefore(timestampMs), fromOffset);
        BatchCursor cursor = new BatchCursor(open.log, open.offsets.positionBefore(offset), publishedBytes);
        while (cursor.next()) {
            if (RecordBatchHeader.maxTimestampMs(cursor.window(), cursor.header()) >= timestampMs
                    && cursor.lastOffset() >= fromOffset) {
                Optional<TimestampedOffset> found = firstAtOrAfter(cursor.batch(), timestampMs, fromOffset);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** The same within one batch. */
    static Optional<TimestampedOffset> firstAtOrAfter(ByteBuffer batches, long timestampMs, long fromOffset) {
        for (RecordBatch batch :
                MemoryRecords.readableRecords(batches.duplicate()).batches()) {
            if (hasOneTimestamp(batch) && batch.lastOffset() >= fromOffset) {
                if (batch.maxTimestamp() >= timestampMs) {
                    long offset = Math.max(batch.baseOffset(), fromOffset);
                    return Optional.of(new TimestampedOffset(batch.maxTimestamp(), offset));
                }
                continue;
            }
            for (Record record : batch) {
                if (record.timestamp() >= timestampMs && record.offset() >= fromOffset) {
                    return Optional.of(new TimestampedOffset(record.timestamp(), record.offset()));
                }
            }
        }
        return Optional.empty();
    }

    /** Whether each of its offsets has a record with the batch's timestamp: compaction takes records out. */
    private static boolean hasOneTimestamp(RecordBatch batch) {
        Integer count = batch.countOrNull();
        return batch.timestampType() == TimestampType.LOG_APPEND_TIME
                && count != null
                && count == batch.lastOffset() - batch.baseOffset() + 1;
    }

    void close() throws IOException {
        Files open = files;
        if (open != null) {
            open.log.close();
            open.offsets.close();
            open.times.close();
        }
    }

    static final String[] SUFFIXES = {".log", ".index", ".timeindex", ".txnindex"};

    /** Deletes the files at once. */
    void delete() throws IOException {
        close();
        for (String suffix : SUFFIXES) {
            storage.delete(path(suffix));
        }
    }

    /** Takes the files' names away; who reads them goes on until {@link #deleteMarked}. */
    void markDeleted() throws IOException {
        refuseToOpen();
        Files open = files;
        if (open == null) {
            for (String suffix : SUFFIXES) {
                markDeleted(suffix);
            }
            return;
        }
        markDeleted(open.log, ".log");
        markDeleted(open.offsets.file(), ".index");
        markDeleted(open.times.file(), ".timeindex");
        markDeleted(".txnindex");
    }

    private void markDeleted(Storage.File file, String suffix) throws IOException {
        // Opened for reading before another file can have the name.
        file.read(ByteBuffer.allocate(0), 0);
        markDeleted(suffix);
        file.moved(path(suffix + DeletedFiles.SUFFIX));
    }

    private void markDeleted(String suffix) throws IOException {
        if (storage.exists(path(suffix))) {
            storage.rename(path(suffix), path(suffix + DeletedFiles.SUFFIX));
        }
    }

    /** Whoever has opened the files goes on; who has not gets NoSuchFileException. */
    void refuseToOpen() {
        opening.lock();
        try {
            isGone = true;
        } finally {
            opening.unlock();
        }
    }

    void deleteMarked() throws IOException {
        close();
        for (String suffix : SUFFIXES) {
            storage.delete(path(suffix + DeletedFiles.SUFFIX));
        }
    }

    @Override
    public String toString() {
        return path(".log").toString();
    }
}
