package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one partition in offset order: those in its segments, and behind them those that are only in the journal
 * yet. The data directory may be a running broker's, which moves batches from the journal to the segments meanwhile: then
 * it looks again, up to what was the end when it began.
 */
public final class StoredLog implements Closeable {
    private final Path root;
    private final Path directory;
    private final Uuid topicId;
    private final int partition;
    private final Deque<Source> sources = new ArrayDeque<>();
    private long nextOffset;
    private long endOffset = -1;

    /** Whether it is worth to look again behind the last source: something was found, or has gone elsewhere. */
    private boolean advanced;

    private @Nullable Source source;
    private @Nullable StoredBatches batches;

    /** A piece of a log, and where it was found; {@code lsn} is there if that is the journal. */
    public record Located(Path file, OptionalLong lsn, StoredBatches.Piece piece) {}

    /** A part of a file; {@code firstOffset} is that of an entry of the journal. */
    private record Source(Path file, OptionalLong lsn, long from, long to, long firstOffset) {}

    private StoredLog(Path root, LogId id, long fromOffset) {
        this.root = root;
        this.directory = root.resolve(id.directoryName());
        this.topicId = id.topicId();
        this.partition = id.partition();
        this.nextOffset = fromOffset;
    }

    /** @param fromOffset the first batch is the one that holds it, or the next one there is */
    public static StoredLog open(Path dataDirectory, LogId id, long fromOffset) throws IOException {
        var log = new StoredLog(dataDirectory, id, fromOffset);
        log.plan();
        return log;
    }

    /** The segments of a partition's directory, in offset order. */
    public static List<Path> segments(Path partitionDirectory) throws IOException {
        return ReadOnlyStorage.ofThisMachine().list(partitionDirectory).stream()
                .filter(name -> name.matches("\\d{20}[.]log"))
                .map(partitionDirectory::resolve)
                .toList();
    }

    /** The first offset that a segment may hold, from its name. */
    static long baseOffset(Path segment) {
        return Long.parseLong(segment.getFileName().toString().substring(0, 20));
    }

    /** Null at the end. Of a file that is gone when its turn comes, nothing is said: it was deleted. */
    public @Nullable Located next() throws IOException {
        while (true) {
            if (batches == null && !openNext()) {
                return null;
            }
            Located found = nextOfSource();
            if (found != null) {
                return found;
            }
        }
    }

    private @Nullable Located nextOfSource() throws IOException {
        StoredBatches open = batches;
        Source from = source;
        StoredBatches.Piece piece = open == null ? null : open.next();
        if (piece == null || from == null) {
            closeSource();
            return null;
        }
        if (piece instanceof StoredBatch batch) {
            if (batch.lastOffset() < nextOffset || isOfAnotherLife(from, batch)) {
                return null;
            }
            nextOffset = batch.lastOffset() + 1;
            advanced = true;
        } else if (from.lsn.isPresent() || isInJournal(nextOffset)) {
            // Bytes that the flusher is about to write, or that the next start replaces: the journal has them.
            return null;
        }
        return new Located(from.file, from.lsn, piece);
    }

    /** The journal's file was used again since the entry was found: the batch is in a segment now. */
    private static boolean isOfAnotherLife(Source from, StoredBatch batch) throws IOException {
        return from.lsn.isPresent() && (batch.baseOffset() < from.firstOffset || !batch.crcIsRight());
    }

    private boolean isInJournal(long offset) {
        return sources.stream().anyMatch(it -> it.lsn.isPresent() && it.firstOffset <= offset);
    }

    private boolean openNext() throws IOException {
        while (true) {
            if (sources.isEmpty() && !planAgain()) {
                return false;
            }
            Source next = sources.remove();
            try {
                batches = StoredBatches.open(next.file, next.from, next.to);
                source = next;
                return true;
            } catch (NoSuchFileException moved) {
                advanced = true;
            }
        }
    }

    private boolean planAgain() throws IOException {
        if (!advanced || nextOffset >= endOffset) {
            return false;
        }
        plan();
        return !sources.isEmpty();
    }

    /** The journal before the segments: what leaves it meanwhile is in them then. */
    private void plan() throws IOException {
        advanced = false;
        List<Source> entries = entries();
        List<Path> segments = segments(directory);
        for (int i = 0; i < segments.size(); i++) {
            boolean isBelow = i + 1 < segments.size() && baseOffset(segments.get(i + 1)) <= nextOffset;
            if (!isBelow) {
                sources.add(new Source(segments.get(i), OptionalLong.empty(), 0, Long.MAX_VALUE, -1));
            }
        }
        sources.addAll(entries);
    }

    private List<Source> entries() throws IOException {
        List<Source> found = new ArrayList<>();
        long checkpointLsn = 0;
        long end = endOffset;
        for (Path file : StoredJournal.files(root)) {
            try (StoredJournal journal = StoredJournal.open(file)) {
                checkpointLsn = Math.max(checkpointLsn, journal.checkpointLsn());
                for (StoredJournal.Frame frame = journal.next(); frame != null; frame = journal.next()) {
                    checkpointLsn = Math.max(checkpointLsn, frame.checkpointLsn());
                    for (StoredJournal.Entry entry : frame.entries()) {
                        if (isWanted(entry)) {
                            found.add(source(file, entry));
                            end = Math.max(end, endOffset < 0 ? entry.endOffset() : end);
                        }
                    }
                }
            } catch (NoSuchFileException freed) {
                advanced = true;
            }
        }
        endOffset = end;
        long kept = checkpointLsn;
        found.removeIf(it -> it.lsn.orElse(0) < kept);
        found.sort((one, other) -> Long.compare(one.lsn.orElse(0), other.lsn.orElse(0)));
        return found;
    }

    private boolean isWanted(StoredJournal.Entry entry) {
        return entry.kind() == StoredJournal.Kind.BATCHES
                && entry.topicId().equals(topicId)
                && entry.partition() == partition
                && entry.endOffset() > nextOffset;
    }

    private static Source source(Path file, StoredJournal.Entry entry) {
        long to = entry.position() + entry.sizeBytes();
        return new Source(file, OptionalLong.of(entry.lsn()), entry.position(), to, entry.firstOffset());
    }

    private void closeSource() throws IOException {
        if (batches != null) {
            batches.close();
        }
        batches = null;
        source = null;
    }

    @Override
    public void close() throws IOException {
        closeSource();
    }
}
