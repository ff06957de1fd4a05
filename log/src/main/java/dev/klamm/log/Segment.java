package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import dev.klamm.log.SegmentCheck.Bounds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * One segment of a log: a {@code .log} file of record batches in offset order, and its two indexes, as Kafka has them. The
 * files are opened at the first use. Whoever holds the log's flush lock appends; any thread reads what was published,
 * which is the first {@link #sizeBytes} bytes, and these never change. What is read is verified first: see
 * {@link SegmentReads}.
 */
final class Segment {
    private final Storage storage;
    private final Path directory;
    private final long baseOffset;

    /** Guards {@code files}. */
    private final ReentrantLock opening = new ReentrantLock();

    private volatile @Nullable Files files;

    /** Nobody had it open when its names were taken away: it is not to be opened, and made anew, under its old ones. */
    private volatile boolean isGone;

    /** Which part of {@code segment.jitter.ms} comes off this segment's age. */
    private final int jitter = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);

    // The rest is touched under the log's flush lock, or before the segment is shown to others.
    private long writtenBytes;
    private long writtenEndOffset;
    private long bytesSinceIndexEntry;
    private long createdMs;
    private long firstTimestampMs = RecordBatch.NO_TIMESTAMP;
    private final List<SegmentIndexes.Entry> newEntries = new ArrayList<>(0);
    private final List<AbortedTransaction> newAborted = new ArrayList<>(0);
    private final TransactionIndex transactions;

    /** Exclusive: where the next segment begins, or behind what was written last; MAX_VALUE if it is not known. */
    private volatile long endOffset = Long.MAX_VALUE;

    private volatile Owner owner = Owner.NONE;

    /**
     * The log that the segment belongs to.
     *
     * @param maxLeaderEpoch no batch has a greater one; MAX_VALUE if it is not known
     * @param indexIntervalBytes for indexes that have to be made anew
     */
    record Owner(int maxLeaderEpoch, int indexIntervalBytes, Findings findings, Transactions transactions) {
        static final Owner NONE =
                new Owner(Integer.MAX_VALUE, LogConfig.DEFAULT.indexIntervalBytes(), (_, _) -> {}, _ -> List.of());

        /** Finds out which transactions are aborted in a segment, from what the log holds up to there. */
        interface Transactions {
            List<AbortedTransaction> abortedIn(Segment segment) throws IOException;
        }

        /** Takes note of damage; the same one may come again and again. */
        interface Findings {
            void add(Segment segment, DamagedRange damaged) throws IOException;
        }

        /** Stray bytes between good batches harm nobody. */
        void found(Segment segment, DamagedRange damaged) throws IOException {
            if (!damaged.isBetweenBatches()) {
                findings.add(segment, damaged);
            }
        }
    }

    /** Null until somebody asks. */
    private final AtomicReference<@Nullable TimestampedOffset> max = new AtomicReference<>();

    /** What its index of transactions is checked against, and made of. */
    private final class Batches implements TransactionIndex.Batches {
        @Override
        public boolean areThere() {
            return !isGone;
        }

        @Override
        public boolean confirm(AbortedTransaction transaction) throws IOException {
            return files().reads.confirm(transaction, scope());
        }

        @Override
        public List<AbortedTransaction> findAborted() throws IOException {
            return owner.transactions.abortedIn(Segment.this);
        }
    }

    private record Files(Storage.File log, SegmentIndexes indexes, SegmentReads reads) {}

    private Segment(Storage storage, Path directory, long baseOffset, long createdMs, boolean isNew) {
        this.storage = storage;
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.createdMs = createdMs;
        this.transactions = new TransactionIndex(storage, path(".txnindex"), baseOffset, isNew, new Batches());
    }

    static Segment create(Storage storage, Path directory, long baseOffset, long nowMs) throws IOException {
        Segment segment = new Segment(storage, directory, baseOffset, nowMs, true);
        segment.files();
        return segment;
    }

    /** A segment on disk; nothing is opened yet. */
    static Segment existing(Storage storage, Path directory, long baseOffset, long nowMs) {
        return new Segment(storage, directory, baseOffset, nowMs, false);
    }

    /** The name of a segment's file, such as {@code 00000000000000000042.log}. */
    static String fileName(long baseOffset, String suffix) {
        return "%020d%s".formatted(baseOffset, suffix);
    }

    /** The name of its {@code .log} file within the data directory. */
    String fileName() {
        return directory.getFileName() + "/" + fileName(baseOffset, ".log");
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
                SegmentIndexes indexes = new SegmentIndexes(toString(), log, offsets, times);
                open = new Files(log, indexes, new SegmentReads(log, indexes));
                writtenBytes = indexes.sizeBytes();
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

    void belongsTo(Owner newOwner) {
        owner = newOwner;
    }

    /** Says that the next segment begins here. */
    void endsAt(long newEndOffset) {
        endOffset = newEndOffset;
    }

    private SegmentScope scope() throws IOException {
        Owner of = owner;
        long sizeBytes = sizeBytes();
        Bounds bounds = new Bounds(baseOffset, endOffset, of.maxLeaderEpoch);
        return new SegmentScope(sizeBytes, bounds, of.indexIntervalBytes, damaged -> of.found(this, damaged));
    }

    /** Its file, and what may be in it. Opens nothing. */
    Scrub.ScrubbedFile toScrub() {
        Files open = files;
        long sizeBytes = open == null ? -1 : open.indexes.sizeBytes();
        Bounds bounds = new Bounds(baseOffset, endOffset, owner.maxLeaderEpoch);
        return new Scrub.ScrubbedFile(path(".log"), sizeBytes, bounds, this);
    }

    /** Whether its names may be others' by now. True before any of them is taken away. */
    boolean isGone() {
        return isGone;
    }

    /** What the batches of this segment may hold if the next one begins at {@code nextBaseOffset}. */
    Bounds boundsUpTo(long nextBaseOffset) {
        return new Bounds(baseOffset, nextBaseOffset, owner.maxLeaderEpoch);
    }

    /** When it was begun, or found by this process; ms since 1970. */
    long createdMs() {
        return createdMs;
    }

    /** The aborted transactions whose markers are in this segment. */
    TransactionIndex transactions() {
        return transactions;
    }

    long offsetIndexBytes() throws IOException {
        return files().indexes.offsetIndexBytes();
    }

    long timeIndexBytes() throws IOException {
        return files().indexes.timeIndexBytes();
    }

    /** Bytes that readers may see. Leaves the files closed if nobody has opened them. */
    long sizeBytes() throws IOException {
        Files open = files;
        if (open != null) {
            return open.indexes.sizeBytes();
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
        TimestampedOffset known = max.get();
        if (known != null) {
            return known;
        }
        TimestampedOffset found = files().indexes.max(scope());
        // Not over what an append has taken note of meanwhile: the segment would look older than it is, to retention
        // too.
        max.compareAndSet(null, found);
        TimestampedOffset newest = max.get();
        return newest == null ? found : newest;
    }

    /**
     * Whether a batch has to go to a new segment: it does not fit in size or in offset range, an index is full, or this
     * one is too old (by the batches' timestamps, or by the clock if they have none, as in Kafka).
     */
    boolean mustRollFor(Tail.Piece piece, LogConfig config, long nowMs) throws IOException {
        Files open = files();
        if (writtenBytes == 0) {
            return false;
        }
        long firstMs = firstTimestampMs();
        long ageMs = firstMs >= 0 ? piece.maxTimestampMs() - firstMs : nowMs - createdMs;
        return writtenBytes > (long) config.segmentBytes() - piece.sizeBytes()
                || ageMs > config.segmentAgeMs(jitter)
                || open.indexes.areFull(config.segmentIndexBytes(), newEntries.size())
                || piece.lastOffset() - baseOffset > Integer.MAX_VALUE;
    }

    /** The greatest timestamp of the first batch, -1 if it has none or there is no batch. */
    long firstTimestampMs() throws IOException {
        if (firstTimestampMs < 0 && sizeBytes() > 0) {
            firstTimestampMs = files().reads.firstTimestampMs(scope());
        }
        return firstTimestampMs;
    }

    /** Prepares {@code buffer} for {@link #append}. */
    void beginAppend(WriteBuffer buffer) throws IOException {
        max();
        newEntries.clear();
        newAborted.clear();
        buffer.startAt(files().log, writtenBytes);
    }

    /** Puts batches behind the last ones. They are on file and to be seen after {@link #finishAppend}. */
    void append(Tail.Piece piece, WriteBuffer buffer, int indexIntervalBytes) throws IOException {
        ByteBuffer batches = piece.batches();
        buffer.put(batches);
        int at = batches.position();
        while (at < batches.limit()) {
            note(batches, at, indexIntervalBytes);
            at += RecordBatchHeader.sizeInBytes(batches, at);
        }
        newAborted.addAll(piece.aborted());
    }

    private void note(ByteBuffer buffer, int at, int indexIntervalBytes) {
        long lastOffset = RecordBatchHeader.lastOffset(buffer, at);
        long timestampMs = RecordBatchHeader.maxTimestampMs(buffer, at);
        if (writtenBytes == 0) {
            firstTimestampMs = timestampMs;
        }
        TimestampedOffset greatest = Objects.requireNonNull(max.get(), "known since the append began");
        // A batch that compaction emptied has a timestamp, but no record that has it.
        if (timestampMs > greatest.timestampMs() && RecordBatchHeader.count(buffer, at) > 0) {
            greatest = new TimestampedOffset(timestampMs, lastOffset);
            max.set(greatest);
        }
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            newEntries.add(new SegmentIndexes.Entry(lastOffset, writtenBytes, greatest));
            bytesSinceIndexEntry = 0;
        }
        int sizeBytes = RecordBatchHeader.sizeInBytes(buffer, at);
        writtenEndOffset = lastOffset + 1;
        writtenBytes += sizeBytes;
        bytesSinceIndexEntry += sizeBytes;
    }

    /** Returns whether that made a file, whose name is to be synced. */
    boolean finishAppend(WriteBuffer buffer) throws IOException {
        buffer.flush();
        boolean madeFile = transactions.append(newAborted);
        newAborted.clear();
        if (writtenEndOffset > 0) {
            endOffset = writtenEndOffset;
        }
        files().indexes.extend(newEntries, writtenBytes);
        newEntries.clear();
        return madeFile;
    }

    /**
     * After an append that found the disk full: as it was before, so that it can be tried again.
     *
     * @param firstOffset of what was to be appended
     * @throws IOException if that fails: then nothing more may be written to it
     */
    void rollBack(long firstOffset) throws IOException {
        long keptBytes = sizeBytes();
        files().log.truncate(keptBytes);
        files().indexes.cutAt(firstOffset, keptBytes);
        newEntries.clear();
        newAborted.clear();
        transactions.cutAt(firstOffset);
        writtenBytes = keptBytes;
        writtenEndOffset = keptBytes == 0 ? 0 : firstOffset;
        endOffset = keptBytes == 0 ? endOffset : firstOffset;
        bytesSinceIndexEntry = 0;
        firstTimestampMs = RecordBatch.NO_TIMESTAMP;
        max.set(null);
    }

    /** Completes the time index, as a segment that gets no more batches has it; returns whether that changed it. */
    boolean seal() throws IOException {
        return files().indexes.seal(max());
    }

    void sync() throws IOException {
        files().log.sync();
        files().indexes.sync();
        transactions.sync();
    }

    /** Steps through batches: {@link SegmentReads#scan}. Nothing is told to the owner. */
    SegmentReads.Scan scan(long fromOffset, long limit) throws IOException {
        Bounds bounds = new Bounds(baseOffset, Long.MAX_VALUE, owner.maxLeaderEpoch);
        SegmentScope scope = new SegmentScope(sizeBytes(), bounds, owner.indexIntervalBytes, _ -> {});
        return files().reads.scan(fromOffset, limit, scope);
    }

    /** Cuts the file, and forgets the batches from {@code newEndOffset} on. Before anybody reads. */
    void cut(long position, long newEndOffset) throws IOException {
        files().log.truncate(position);
        files().indexes.cutAt(newEndOffset, position);
        files().reads.forget();
        writtenBytes = position;
        max.set(null);
    }

    /** Looks for whole, good batches from the one on that holds {@code offset}, or else the first one behind it. */
    SegmentReads.Found read(long offset, int maxBytes, boolean atLeastOneBatch, long boundOffset) throws IOException {
        return files().reads.read(offset, maxBytes, atLeastOneBatch, boundOffset, scope());
    }

    /**
     * Takes note of the producers of the batches from {@code states.endOffset()} up to {@code limit}. What damaged batches
     * say is not known to it.
     */
    void updateProducers(ProducerStates states, long limit) throws IOException {
        files().reads.updateProducers(states, limit, scope());
    }

    /**
     * The first record at or behind {@code fromOffset} with this timestamp or a later one.
     *
     * @throws DamagedLogException if it may be in a damaged batch
     */
    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs, long fromOffset) throws IOException {
        return files().reads.firstAtOrAfter(timestampMs, fromOffset, scope());
    }

    void close() throws IOException {
        Files open = files;
        if (open != null) {
            open.log.close();
            open.indexes.close();
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
        markDeleted(open.indexes.offsetFile(), ".index");
        markDeleted(open.indexes.timeFile(), ".timeindex");
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

    /** The directory was renamed: whoever has opened the files goes on there. */
    void movedTo(Path newDirectory) {
        Files open = files;
        if (open != null) {
            open.log.moved(newDirectory.resolve(path(".log").getFileName()));
            open.indexes.offsetFile().moved(newDirectory.resolve(path(".index").getFileName()));
            open.indexes
                    .timeFile()
                    .moved(newDirectory.resolve(path(".timeindex").getFileName()));
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
