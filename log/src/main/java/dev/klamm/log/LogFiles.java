package dev.klamm.log;

import dev.klamm.log.LeaderEpochCheckpoint.EpochStart;
import dev.klamm.log.PartitionLog.EpochEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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

    private final Logs logs;
    private final Storage storage;
    private final LogId id;
    private final int leaderEpoch;
    private final Path directory;
    private final boolean wasAnothers;
    private final Segments segments;
    private final LogReads reads;
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
        this.wasAnothers = moveStrangerAside();
        this.segments = Segments.in(storage, directory, logs.nowMs());
        this.reads = new LogReads(id, segments, logs.damages());
    }

    /**
     * A directory of this name but of another topic id is what a deletion left when the process died in the middle.
     *
     * @return whether there was one
     */
    private boolean moveStrangerAside() throws IOException {
        if (!storage.exists(directory)) {
            return false;
        }
        Optional<Uuid> found = readTopicId();
        if (found.isPresent() && PartitionMetadata.isGarbled(found.get(), id.topicId())) {
            LOG.warn("{} says topic id {}, which must be {}: writing it anew", directory, found.get(), id.topicId());
            PartitionMetadata.write(storage, directory, id.topicId());
            return false;
        }
        boolean isAnothers = found.isPresent() && !found.get().equals(id.topicId());
        if (isAnothers) {
            LOG.warn("{} belongs to topic id {}, which is gone: removing it", directory, found.orElseThrow());
            new DeletedDirectory(storage, logs.root(), directory).markAndDelete();
        }
        return isAnothers;
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

    /** What is known to be damaged of this log. */
    List<Damage> damages() {
        return logs.damages().all().stream()
                .filter(damage -> damage.log().equals(id))
                .toList();
    }

    LogReads reads() {
        return reads;
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
        Segment.Owner owner =
                new Segment.Owner(maxLeaderEpoch(), config.indexIntervalBytes(), this::report, this::abortedIn);
        segments.belongTo(owner);
        long end = findEnd(replayed, owner);
        if (!segments.isEmpty()) {
            segments.last().endsAt(end);
            if (!logs.wasStoppedCleanly()) {
                segments.last().transactions().cutAt(end);
            }
        }
        long firstOffset = end;
        if (!segments.isEmpty()) {
            firstOffset = segments.all().getFirst().baseOffset();
        } else if (logs.damages().at(id, end - 1).isPresent()) {
            // All of it is lost, which shows only if offsets of it can be asked for.
            firstOffset = 0;
        }
        // Beyond the end it is of records that a power cut took, or of an earlier topic of this name.
        long checkpointed = Math.min(logs.checkpointedLogStart(id), end);
        return new Offsets(Math.max(firstOffset, checkpointed), end);
    }

    /** Epochs that the checkpoint file does not know were given by this run, or the file is of no use. */
    private int maxLeaderEpoch() {
        return epochs.isEmpty()
                ? Integer.MAX_VALUE
                : Math.max(leaderEpoch, epochs.getLast().leaderEpoch());
    }

    private List<AbortedTransaction> abortedIn(Segment segment) throws IOException {
        return Producers.abortedIn(segment, this);
    }

    private void report(Segment segment, DamagedRange damaged) throws IOException {
        String file = directory.getFileName() + "/" + Segment.fileName(segment.baseOffset(), ".log");
        logs.damages().report(damaged.of(id, file));
    }

    private long findEnd(JournalReplay.@Nullable Entries replayed, Segment.Owner owner) throws IOException {
        OptionalLong replayedFrom = replayed == null ? OptionalLong.empty() : replayed.firstBatchesOffset();
        // The checkpoints know logs by name.
        OptionalLong synced = wasAnothers ? OptionalLong.empty() : logs.checkpointedEnd(id);
        if (segments.isEmpty()) {
            if (logs.wasStoppedCleanly()) {
                return endOfNothing(synced.orElse(0));
            }
            // A log that has no segments begins at 0: if the journal does not have its beginning, that is lost.
            return logs.journalIsWhole() ? replayedFrom.orElse(0) : 0;
        }
        LogEnd ends = new LogEnd(id, segments, owner);
        if (replayed != null && replayedFrom.isPresent() && !logs.journalIsWhole()) {
            replayedFrom = OptionalLong.of(keptEnd(replayed, replayedFrom.getAsLong()));
        }
        LogEnd.Found found = replayedFrom.isPresent()
                ? ends.beforeReplay(
                        replayedFrom.getAsLong(), logs.cleaner().checkpoint().offset(id))
                : logs.segmentsAreTrusted() ? ends.afterSync(synced) : ends.afterCrashOfKafka(synced);
        if (!segments.isEmpty()) {
            // Those that were kept instead of the journal's entries were perhaps never synced.
            dirty.addAll(logs.journalIsWhole() ? List.of(segments.last()) : segments.all());
        }
        if (replayedFrom.isPresent()) {
            // The journal has the batches from there on as they were before any compaction.
            logs.cleaner().checkpoint().lowerTo(id, replayedFrom.getAsLong());
        }
        if (found.needsSegment()) {
            begin(found.endOffset());
        }
        return found.endOffset();
    }

    /**
     * Where the journal lacks entries, segments may have what is lost: they are kept as far as they are good, up to where an
     * entry of the journal begins that they do not have to its end.
     */
    private long keptEnd(JournalReplay.Entries replayed, long replayedFrom) throws IOException {
        long goodEnd = replayedFrom;
        for (Segment segment : segments.from(replayedFrom)) {
            SegmentReads.Scan scan = segment.scan(replayedFrom, Long.MAX_VALUE);
            if (segment.baseOffset() > goodEnd || scan.endOffset() < goodEnd) {
                break;
            }
            if (!scan.damaged().isEmpty()) {
                goodEnd = Math.max(goodEnd, scan.damaged().getFirst().firstOffset());
                break;
            }
            goodEnd = scan.endOffset();
        }
        return replayed.startOfEntryAcross(goodEnd);
    }

    /** The segments were synced up to there, and are gone. */
    private long endOfNothing(long synced) throws IOException {
        long first = Math.min(logs.checkpointedLogStart(id), synced);
        if (first < synced) {
            String file = String.valueOf(directory.getFileName());
            logs.damages().report(new Damage(id, first, synced - 1, file, "its segment files are missing"));
        }
        return synced;
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

    long sizeBytes() {
        try {
            return segments.sizeBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- writing

    /**
     * How many of the pieces are in segments now, from the first, and whether a new segment was begun.
     *
     * @param noSpace why it is not all of them; null if it is
     */
    record Written(int count, boolean hasRolled, Storage.@Nullable NoSpaceException noSpace) {}

    /** Writes pieces behind the last batch, in as many segments as they need. A full disk leaves whole batches alone. */
    Written write(List<Tail.Piece> pieces, LogConfig config, WriteBuffer buffer) throws IOException {
        int done = 0;
        boolean rolled = false;
        try {
            while (done < pieces.size()) {
                done += segments.isEmpty() ? 0 : appendToLast(pieces.subList(done, pieces.size()), config, buffer);
                if (done < pieces.size()) {
                    rolled |= sealLast();
                    begin(pieces.get(done).baseOffset());
                }
            }
            return new Written(done, rolled, null);
        } catch (Storage.NoSpaceException full) {
            return new Written(done, rolled, full);
        }
    }

    /** Returns how many of the pieces the last segment has taken; if it throws, none. */
    private int appendToLast(List<Tail.Piece> pieces, LogConfig config, WriteBuffer buffer) throws IOException {
        Segment active = segments.last();
        active.beginAppend(buffer);
        int count = 0;
        try {
            while (count < pieces.size() && !active.mustRollFor(pieces.get(count), config, logs.nowMs())) {
                active.append(pieces.get(count), buffer, config.indexIntervalBytes());
                count++;
            }
            directoryIsDirty |= active.finishAppend(buffer);
        } catch (Storage.NoSpaceException full) {
            active.rollBack(pieces.getFirst().baseOffset());
            throw full;
        }
        dirty.add(active);
        return count;
    }

    /** Returns whether there is one. */
    private boolean sealLast() throws IOException {
        if (segments.isEmpty()) {
            return false;
        }
        segments.last().seal();
        dirty.add(segments.last());
        return true;
    }

    private Segment begin(long baseOffset) throws IOException {
        if (segments.isEmpty()) {
            makeDirectory();
        }
        if (epochs.isEmpty() || epochs.getLast().leaderEpoch() < leaderEpoch) {
            List<EpochStart> more = new ArrayList<>(epochs);
            more.add(new EpochStart(leaderEpoch, baseOffset));
            LeaderEpochCheckpoint.write(storage, directory, more);
            epochs = more;
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

    /** The same where the journal lacks what came before; durable like other segments with the next checkpoint. */
    void beginBehindHole(long baseOffset) throws IOException {
        if (segments.isEmpty() || segments.last().baseOffset() < baseOffset) {
            begin(baseOffset);
            dirty.add(segments.last());
        }
    }

    /** The directory may be there, without the topic id: a process that was killed came no further. */
    private void makeDirectory() throws IOException {
        // One of this name that is gone may have been compacted.
        logs.cleaner().checkpoint().lowerTo(id, 0);
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

    // ---- compaction

    CleanedSegment beginCleaned(long baseOffset, LogConfig config) throws IOException {
        return new CleanedSegment(storage, directory, baseOffset, config.indexIntervalBytes());
    }

    /** Takes away what was begun; returns true. */
    boolean discard(CleanedSegment cleaned) throws IOException {
        new SegmentSwap(storage, directory, cleaned.baseOffset()).discard();
        return true;
    }

    /**
     * Puts a finished segment in the place of those that it was made of. Who reads these goes on.
     *
     * @return false if one of them is gone, by a deletion; then nothing has changed
     * @throws IOException if it is not known which of them are on disk now
     */
    boolean putInPlace(CleanedSegment cleaned, List<Segment> sources, long delayMs) throws IOException {
        if (!segments.contains(sources)) {
            discard(cleaned);
            return false;
        }
        SegmentSwap swap = new SegmentSwap(storage, directory, cleaned.baseOffset());
        swap.commit();
        for (Segment source : sources) {
            dirty.remove(source);
            source.markDeleted();
            logs.deletedFiles().later(delayMs, source::deleteMarked);
        }
        swap.finish();
        long createdMs = sources.getLast().createdMs();
        segments.replace(sources, Segment.existing(storage, directory, cleaned.baseOffset(), createdMs));
        return true;
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

    /** Completes the last segment's time index, as Kafka does when it closes a log, and what readers had to make anew. */
    void seal() throws IOException {
        for (Segment segment : segments.all()) {
            if (segment.transactions().repair()) {
                dirty.add(segment);
            }
        }
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
            segments.movedTo(gone.path());
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
