package dev.klamm.log;

import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reading and searching the segments of one log, by any thread. Damage that is met is reported. */
final class LogReads {
    private static final Logger LOG = LoggerFactory.getLogger(LogReads.class);

    /** A read from file up to this size is copied into memory; a larger one goes from file to socket. */
    private static final int COPY_BYTES = 32 << 10;

    private final LogId id;
    private final Segments segments;
    private final Damages damages;

    LogReads(LogId id, Segments segments, Damages damages) {
        this.id = id;
        this.segments = segments;
        this.damages = damages;
    }

    /**
     * Reads from the batch that holds {@code offset}, or else the first one behind it; never beyond its segment's end.
     *
     * @param end where the segments' part of the log ends (exclusive); MAX_VALUE if there is no tail behind it
     * @param boundOffset no batch from there on is to be seen
     * @return empty if no segment has such a batch: then it is in the tail
     */
    Optional<ReadResult> read(long offset, long end, int maxBytes, boolean atLeastOneBatch, long boundOffset) {
        try {
            for (Segment at : segments.from(offset)) {
                switch (at.read(offset, maxBytes, atLeastOneBatch, boundOffset)) {
                    case SegmentReads.Batches batches -> {
                        return Optional.of(
                                batches.baseOffset() <= offset
                                        ? slice(at, batches)
                                        : missing(offset, batches.baseOffset()).orElse(slice(at, batches)));
                    }
                    case SegmentReads.Damaged(DamagedRange range) -> {
                        return Optional.of(new ReadResult.Corrupt(
                                range.of(id, at.toString()).toString()));
                    }
                    case SegmentReads.Nothing _ -> {}
                }
            }
            return missing(offset, end);
        } catch (NoSuchFileException deleted) {
            // Since the list was looked at.
            return Optional.empty();
        } catch (IOException e) {
            LOG.error("{} can't be read at offset {}", id, offset, e);
            return Optional.of(new ReadResult.Failed("%s can't be read at offset %d: %s".formatted(id, offset, e)));
        }
    }

    /**
     * Where segments are shorter than they once were, nothing but known damage tells that there was something. It may
     * begin behind {@code offset}, but below {@code end}: compaction drops batches before it.
     */
    private Optional<ReadResult> missing(long offset, long end) {
        for (Damage known : damages.all()) {
            if (known.firstOffset() < end
                    && known.lastOffset() >= offset
                    && known.log().equals(id)) {
                return Optional.of(new ReadResult.Corrupt(known.toString()));
            }
        }
        return Optional.empty();
    }

    /**
     * The aborted transactions that have offsets in {@code [offset, endOffset)}, in the order of their markers.
     *
     * @param inTail those whose markers were in the tail a moment ago
     * @return empty if segments are being replaced or deleted: then the read is to be done again
     * @throws UncheckedIOException if they can't be read
     */
    Optional<List<AbortedTransaction>> aborted(long offset, long endOffset, List<AbortedTransaction> inTail) {
        List<AbortedTransaction> found = new ArrayList<>();
        try {
            for (Segment segment : segments.from(offset)) {
                if (collect(segment.transactions().all(), offset, endOffset, found)) {
                    return Optional.of(found);
                }
            }
            collect(behind(found, inTail), offset, endOffset, found);
            return Optional.of(found);
        } catch (NoSuchFileException replaced) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("%s: its aborted transactions can't be read".formatted(id), e);
        }
    }

    /** Returns whether those to come all began behind the range. */
    private static boolean collect(
            List<AbortedTransaction> some, long offset, long endOffset, List<AbortedTransaction> found) {
        for (AbortedTransaction transaction : some) {
            if (transaction.lastOffset() >= offset && transaction.firstOffset() < endOffset) {
                found.add(transaction);
            }
            if (transaction.lastStableOffset() >= endOffset) {
                return true;
            }
        }
        return false;
    }

    /** Without those that were moved into a segment since the look at the tail. */
    private static List<AbortedTransaction> behind(List<AbortedTransaction> moved, List<AbortedTransaction> inTail) {
        long lastMarker = moved.isEmpty() ? -1 : moved.getLast().lastOffset();
        return inTail.stream()
                .filter(transaction -> transaction.lastOffset() > lastMarker)
                .toList();
    }

    /** All of them. */
    List<AbortedTransaction> aborted(List<AbortedTransaction> inTail) throws IOException {
        List<AbortedTransaction> all = new ArrayList<>();
        for (Segment segment : segments.all()) {
            all.addAll(segment.transactions().all());
        }
        all.addAll(behind(all, inTail));
        return all;
    }

    private static ReadResult slice(Segment segment, SegmentReads.Batches batches) throws IOException {
        int sizeBytes = batches.sizeBytes();
        if (sizeBytes > COPY_BYTES) {
            return new ReadResult.InFile(segment.file(), batches.position(), sizeBytes, batches.endOffset());
        }
        ByteBuffer copy = ByteBuffer.allocate(sizeBytes);
        segment.file().read(copy, batches.position());
        return new ReadResult.InMemory(List.of(copy.flip()), sizeBytes, batches.endOffset());
    }

    /**
     * The first record at or behind {@code fromOffset} with this timestamp or a later one.
     *
     * @throws UncheckedIOException of a {@link DamagedLogException} if it may be a damaged one
     */
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
            throw new UncheckedIOException("%s can't be searched: %s".formatted(id, e.getMessage()), e);
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

    /** The first record of those with the greatest timestamp, of those that can be read; errors as above. */
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
            throw new UncheckedIOException("%s can't be searched: %s".formatted(id, e.getMessage()), e);
        }
    }
}
