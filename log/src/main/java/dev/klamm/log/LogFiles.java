package dev.klamm.log;

import dev.klamm.log.LeaderEpochCheckpoint.EpochStart;
import dev.klamm.log.PartitionLog.EpochEnd;
import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one log: its directory, which is made when the first segment is, its segments, and the small files beside
 * them. Changed by who holds the log's flush lock; any thread reads.
 */
final class LogFiles {
    private static final Logger LOG = LoggerFactory.getLogger(LogFiles.class);

    /** A read from file up to this size is copied into memory; a larger one goes from file to socket. */
    private static final int COPY_BYTES = 32 << 10;

    private final Logs logs;
    private final Storage storage;
    private final LogId id;
    private final int leaderEpoch;
    private final Path directory;
    private final Segments segments;
    private List<EpochStart> epochs = List.of();

    /** Written to since their last sync. */
    private final Set<Segment> dirty = new LinkedHashSet<>();

    private boolean directoryIsDirty;

    record Offsets(long logStartOffset, long logEndOffset) {}

    LogFiles(Logs logs, LogId id, int leaderEpoch) throws IOException {
        this.logs = logs;
        this.storage = logs.storage();
        this.id = id;
        this.leaderEpoch = leaderEpoch;
        this.directory = logs.root().resolve(id.directoryName());
        moveStrangerAside();
        this.segments = Segments.in(storage, directory, logs.nowMs());
    }

    /** A directory of this name but of another topic id is what a deletion left when the process died in the middle. */
    private void moveStrangerAside() throws IOException {
        if (!storage.exists(directory)) {
            return;
        }
        Optional<Uuid> found = readTopicId();
        if (found.isPresent() && !found.get().equals(id.topicId())) {
            LOG.warn("{} belongs to topic id {}, which is gone: removing it", directory, found.get());
            new DeletedDirectory(storage, logs.root(), directory).markAndDelete();
        }
    }

    private Optional<Uuid> readTopicId() throws IOException {
        try {
            return PartitionMetadata.read(storage, directory);
        } catch (GarbledFileException e) {
            LOG.warn("{}: taking the directory for that of topic id {}", e.getMessage(), id.topicId());
            return Optional.empty();
        }
    }

    Path directory() {
        return directory;
    }

    Storage storage() {
        return storage;
    }

    LogId id() {
        return id;
    }

    Segments segments() {
        return segments;
    }

    /**
     * Finds where the log ends in the segment files.
     *
     * @param replayed what the journal holds of this log: from its first batch on, the segments are cut, since they may
     *     hold writes that never were synced, and the journal has them all
     */
    Offsets recover(JournalReplay.@Nullable Entries replayed, LogConfig config) throws IOException {
        epochs = readEpochs();
        if (replayed != null && !segments.isEmpty()) {
            // The names that the killed process made are perhaps not on disk, though this one sees them.
            directoryIsDirty = true;
            logs.markRootDirty();
        }
        long end = 0;
        if (replayed != null && replayed.firstBatchesOffset().isPresent()) {
            end = cutAt(replayed.firstBatchesOffset().getAsLong(), config);
        } else if (!segments.isEmpty()) {
            end = findEnd(config);
        }
        long firstOffset = segments.isEmpty() ? end : segments.all().getFirst().baseOffset();
        // Beyond the end it is of records that a power cut took, or of an earlier topic of this name.
        long checkpointed = Math.min(logs.checkpointedLogStart(id), end);
        return new Offsets(Math.max(firstOffset, checkpointed), end);
    }

    private long cutAt(long offset, LogConfig config) throws IOException {
        segments.deleteFrom(offset);
        if (!segments.isEmpty()) {
            Segment last = segments.last();
            Segment.ScanEnd found = last.rebuild(offset, false, config.indexIntervalBytes());
            dirty.add(last);
            if (found.endOffset() < offset) {
                LOG.error(
                        "{} is damaged: offsets {} to {} of {} can't be read", last, found.endOffset(), offset - 1, id);
            }
            if (!found.isWhole()) {
                begin(offset);
            }
        }
        return offset;
    }

    private long findEnd(LogConfig config) throws IOException {
        Segment last = segments.last();
        if (logs.segmentsAreTrusted()) {
            Segment.ScanEnd found = last.findEnd();
            if (found.isWhole() && (found.endOffset() > last.baseOffset() || last.sizeBytes() == 0)) {
                return found.endOffset();
            }
            LOG.warn("{} does not end with a whole batch after a clean stop: reading all of it", last);
        }
        Segment.ScanEnd found = last.rebuild(Long.MAX_VALUE, true, config.indexIntervalBytes());
        if (!found.isWhole()) {
            LOG.warn(
                    "{} was cut at byte {}: offset {} and what followed is torn",
                    last,
                    found.position(),
                    found.endOffset());
        }
        dirty.add(last);
        return found.endOffset();
    }

    private List<EpochStart> readEpochs() throws IOException {
        try {
            return LeaderEpochCheckpoint.read(storage, directory);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (GarbledFileException e) {
            LOG.warn("{}: taking epoch {} for that of all offsets", e.getMessage(), leaderEpoch);
            return List.of();
        }
    }

    Optional<EpochEnd> endOfEpoch(int epoch, int currentEpoch, long logEndOffset) {
        if (epoch >= currentEpoch) {
            return epoch == currentEpoch ? Optional.of(new EpochEnd(currentEpoch, logEndOffset)) : Optional.empty();
        }
        for (int i = epochs.size() - 1; i >= 0; i--) {
            if (epochs.get(i).leaderEpoch() <= epoch) {
                long end = i + 1 < epochs.size() ? epochs.get(i + 1).startOffset() : logEndOffset;
                return Optional.of(new EpochEnd(epochs.get(i).leaderEpoch(), end));
            }
        }
        return Optional.empty();
    }

    // ---- reading

    /**
     * Reads from the batch that holds {@code offset}, or else the first one behind it; never beyond its segment's end.
     *
     * @return empty if no segment has such a batch: then it is in the tail
     */
    Optional<ReadResult> read(long offset, int maxBytes, boolean atLeastOneBatch) {
        try {
            for (Segment at : segments.from(offset)) {
                Optional<Segment.Place> found = at.find(offset);
                if (found.isPresent()) {
                    return Optional.of(slice(at, found.get(), maxBytes, atLeastOneBatch));
                }
            }
            return Optional.empty();
        } catch (NoSuchFileException deleted) {
            // Since the list was looked at.
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new ReadResult.Corrupt("%s at offset %d: %s".formatted(id, offset, e)));
        }
    }

    private static ReadResult slice(Segment segment, Segment.Place first, int maxBytes, boolean atLeastOneBatch)
            throws IOException {
        if (first.sizeBytes() > maxBytes && !atLeastOneBatch) {
            return ReadResult.InMemory.EMPTY;
        }
        long wanted = Math.max(maxBytes, first.sizeBytes());
        int bytes = (int) Math.min(wanted, segment.sizeBytes() - first.position());
        if (bytes > COPY_BYTES) {
            return new ReadResult.InFile(segment.file(), first.position(), bytes);
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes);
        segment.file().read(copy, first.position());
        return new ReadResult.InMemory(List.of(copy.flip()), bytes);
    }

    Optional<TimestampedOffset> firstAtOrAfter(long timestampMs, long fromOffset) {
        try {
            for (Segment segment : segments.all()) {
                if (maxOf(segment).timestampMs() >= timestampMs) {
                    Optional<TimestampedOffset> found = segment.firstAtOrAfter(timestampMs, fromOffset);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<TimestampedOffset> maxTimestamp(long fromOffset) {
        try {
            TimestampedOffset greatest = new TimestampedOffset(-1, -1);
            Segment holder = null;
            for (Segment segment : segments.all()) {
                if (maxOf(segment).timestampMs() > greatest.timestampMs()) {
                    greatest = segment.max();
                    holder = segment;
                }
            }
            return holder == null ? Optional.empty() : holder.firstAtOrAfter(greatest.timestampMs(), fromOffset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that was deleted since the list was looked at holds nothing any more; if it was open, it stays so for a while. */
    private static TimestampedOffset maxOf(Segment segment) throws IOException {
        try {
            return segment.max();
        } catch (NoSuchFileException deleted) {
            return new TimestampedOffset(-1, -1);
        }
    }

    long sizeBytes() {
        try {
            return segments.sizeBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- writing

    /** Writes pieces behind the last batch, in as many segments as they need; returns whether a new one was begun. */
    boolean write(List<Tail.Piece> pieces, LogConfig config, WriteBuffer buffer) throws IOException {
        boolean rolled = false;
        Segment active = segments.isEmpty() ? begin(pieces.getFirst().baseOffset()) : segments.last();
        active.beginAppend(buffer);
        for (Tail.Piece piece : pieces) {
            if (active.mustRollFor(piece.batches(), piece.lastOffset(), piece.maxTimestampMs(), config, logs.nowMs())) {
                active.finishAppend(buffer);
                active.seal();
                dirty.add(active);
                active = begin(piece.baseOffset());
                active.beginAppend(buffer);
                rolled = true;
            }
            active.append(piece.batches(), buffer, config.indexIntervalBytes());
        }
        active.finishAppend(buffer);
        dirty.add(active);
        return rolled;
    }

    private Segment begin(long baseOffset) throws IOException {
        if (segments.isEmpty()) {
            makeDirectory();
        }
        if (epochs.isEmpty() || epochs.getLast().leaderEpoch() < leaderEpoch) {
            epochs = new java.util.ArrayList<>(epochs);
            epochs.add(new EpochStart(leaderEpoch, baseOffset));
            LeaderEpochCheckpoint.write(storage, directory, epochs);
        }
        directoryIsDirty = true;
        return segments.add(baseOffset, logs.nowMs());
    }

    /**
     * Begins a segment at the log's end, for all those before it to go. Its name is on disk when this returns: it alone
     * will tell where the log ends.
     */
    void rollAt(long logEndOffset) throws IOException {
        if (segments.last().seal()) {
            dirty.add(segments.last());
        }
        begin(logEndOffset);
        storage.syncDirectory(directory);
    }

    /** The directory may be there, without the topic id: a process that was killed came no further. */
    private void makeDirectory() throws IOException {
        storage.createDirectories(directory);
        if (readTopicId().isEmpty()) {
            PartitionMetadata.write(storage, directory, id.topicId());
        }
        logs.markRootDirty();
    }

    /** Deletes the segments all of whose offsets are below {@code offset}; never the last one. */
    void deleteBelow(long offset, DeletedFiles deleted, long delayMs) throws IOException {
        for (Segment segment : segments.removeBelow(offset)) {
            dirty.remove(segment);
            segment.markDeleted();
            deleted.later(delayMs, segment::deleteMarked);
            directoryIsDirty = true;
        }
    }

    void sync() throws IOException {
        for (Segment segment : dirty) {
            segment.sync();
        }
        dirty.clear();
        if (directoryIsDirty) {
            storage.syncDirectory(directory);
            directoryIsDirty = false;
        }
    }

    /** Completes the last segment's time index, as Kafka does when it closes a log. */
    void seal() throws IOException {
        if (!segments.isEmpty() && segments.last().seal()) {
            dirty.add(segments.last());
        }
    }

    /** Takes the directory out of the way at once; the files go when readers had their time. */
    void moveAside(DeletedFiles deleted, long delayMs) throws IOException {
        dirty.clear();
        segments.refuseToOpen();
        if (storage.exists(directory)) {
            DeletedDirectory gone = new DeletedDirectory(storage, logs.root(), directory);
            gone.mark();
            deleted.later(delayMs, () -> {
                segments.close();
                gone.delete();
            });
        }
    }

    void close() throws IOException {
        segments.close();
    }
}
