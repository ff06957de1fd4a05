package dev.klamm.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer states of one log, and how they are kept over restarts: a snapshot when a segment is begun and at a clean
 * stop, and what the log holds behind the newest one. They are not read before they are needed: by the first idempotent
 * append, or by the first who asks for the last stable offset.
 * Guarded by the log's lock.
 */
final class Producers {
    private static final Logger LOG = LoggerFactory.getLogger(Producers.class);
    private static final int SNAPSHOTS_KEPT = 2;
    private static final Pattern SNAPSHOT_NAME = Pattern.compile("[0-9]{20}" + Pattern.quote(ProducerSnapshot.SUFFIX));

    /** Kafka's {@code producer.id.expiration.check.interval.ms}. */
    static final long EXPIRY_INTERVAL_MS = 600_000;

    private final ProducerStates states;

    /** Who appended since the last expiry: the timestamps of a live producer's records may lie years back. */
    private final Set<Long> active = new HashSet<>();

    private long nextExpiryMs = Long.MIN_VALUE;

    private Producers(ProducerStates states) {
        this.states = states;
    }

    ProducerStates states() {
        return states;
    }

    /** Takes note of batches that have their offsets; returns the transactions that they abort. */
    List<AbortedTransaction> update(ByteBuffer batches) {
        states.update(batches);
        for (int at = batches.position(); at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
            if (RecordBatchHeader.hasProducerId(batches, at)) {
                active.add(RecordBatchHeader.producerId(batches, at));
            }
        }
        return states.takeAborted();
    }

    /**
     * Forgets, every ten minutes, the producers that were idle for longer than {@code producer.id.expiration.ms}.
     *
     * <p>Differs from Kafka: a producer that appended since the last time stays, however old its records' timestamps are.
     */
    void expireIfDue(long nowMs, long expirationMs) {
        if (nextExpiryMs == Long.MIN_VALUE) {
            nextExpiryMs = nowMs + EXPIRY_INTERVAL_MS;
        } else if (nowMs >= nextExpiryMs) {
            states.expire(nowMs, expirationMs, active);
            active.clear();
            nextExpiryMs = nowMs + EXPIRY_INTERVAL_MS;
        }
    }

    /** What a log that was never appended to knows. */
    static Producers none(LogId id, LongSupplier highWatermark) {
        return new Producers(new ProducerStates(id, highWatermark));
    }

    /**
     * Reads the newest snapshot, and the log behind it.
     *
     * @param highWatermark for the last stable offset
     */
    static Producers load(
            LogFiles files, Tail tail, long logStartOffset, long logEndOffset, LongSupplier highWatermark) {
        ProducerStates states = new ProducerStates(files.id(), highWatermark);
        // One look at the list: the flusher, which does not need the log's lock for it, may take old ones out
        // meanwhile.
        List<Segment> segments = files.segments().all();
        try {
            long segmentsEnd = tail.isEmpty() ? logEndOffset : tail.baseOffset();
            // A snapshot before the first segment is of no use: what came between them is gone.
            long first =
                    segments.isEmpty() ? logStartOffset : segments.getFirst().baseOffset();
            states.restartAt(logStartOffset);
            readNewestSnapshot(states, files, first, logEndOffset);
            readSegments(states, segments, segmentsEnd);
        } catch (IOException e) {
            throw new UncheckedIOException("the producers of %s can't be read".formatted(files.id()), e);
        }
        for (Tail.Piece piece : tail.from(states.endOffset())) {
            states.update(piece.batches());
        }
        // Of these the index and the tail know already.
        states.takeAborted();
        return new Producers(states);
    }

    /** The transactions that markers in this segment abort, by what the log holds up to its end. */
    static List<AbortedTransaction> abortedIn(Segment segment, LogFiles files) throws IOException {
        ProducerStates states = new ProducerStates(files.id(), () -> Long.MAX_VALUE);
        List<Segment> before = files.segments().all().stream()
                .filter(other -> other.baseOffset() < segment.baseOffset())
                .toList();
        long first = before.isEmpty() ? segment.baseOffset() : before.getFirst().baseOffset();
        states.restartAt(first);
        readNewestSnapshot(states, files, first, segment.baseOffset());
        readSegments(states, before, segment.baseOffset());
        states.takeAborted();
        segment.updateProducers(states, Long.MAX_VALUE);
        return states.takeAborted();
    }

    private static void readNewestSnapshot(ProducerStates states, LogFiles files, long first, long limit)
            throws IOException {
        for (long offset : snapshotOffsets(files).reversed()) {
            if (first <= offset && offset <= limit) {
                try {
                    states.readSnapshot(files.storage(), files.directory(), offset);
                    return;
                } catch (GarbledFileException e) {
                    LOG.warn("{}: using an earlier one, or the log alone", e.getMessage());
                }
            }
        }
    }

    private static void readSegments(ProducerStates states, List<Segment> segments, long limit) throws IOException {
        for (int i = 0; i < segments.size(); i++) {
            boolean isKnown = i + 1 < segments.size() && segments.get(i + 1).baseOffset() <= states.endOffset();
            try {
                if (!isKnown) {
                    segments.get(i).updateProducers(states, limit);
                }
            } catch (NoSuchFileException deleted) {
                LOG.info("{} went below the log start meanwhile, with what it told of producers", segments.get(i));
            }
        }
    }

    /** In rising order. */
    private static List<Long> snapshotOffsets(LogFiles files) throws IOException {
        return files.storage().list(files.directory()).stream()
                .filter(name -> SNAPSHOT_NAME.matcher(name).matches())
                .map(name -> Long.parseLong(name.substring(0, name.length() - ProducerSnapshot.SUFFIX.length())))
                .sorted()
                .toList();
    }

    /** After a crash: a snapshot may be of batches that were lost, and others take their offsets. */
    static void deleteSnapshotsBeyond(long logEndOffset, LogFiles files) throws IOException {
        boolean anyDeleted = false;
        for (long offset : snapshotOffsets(files)) {
            if (offset > logEndOffset) {
                files.storage().delete(ProducerSnapshot.path(files.directory(), offset));
                anyDeleted = true;
            }
        }
        if (anyDeleted) {
            // Before the log grows: one that came back would be believed once the log is longer.
            files.storage().syncDirectory(files.directory());
        }
    }

    /**
     * Writes down the states as of the log's end, and drops snapshots no longer needed. Also if there are none: then nobody
     * has to read the log to know that.
     */
    void snapshot(LogFiles files) throws IOException {
        if (files.segments().isEmpty() || snapshotOffsets(files).contains(states.endOffset())) {
            return;
        }
        states.writeSnapshot(files.storage(), files.directory());
        List<Long> offsets = snapshotOffsets(files);
        for (long offset : offsets.subList(0, Math.max(0, offsets.size() - SNAPSHOTS_KEPT))) {
            files.storage().delete(ProducerSnapshot.path(files.directory(), offset));
        }
    }
}
