package dev.klamm.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest batches of a log: appended, but not yet moved into a segment file. Consumers that keep up are served from
 * here. Guarded by the log's lock.
 */
final class Tail {

    /**
     * What one append brought: whole batches with their final offsets, both inclusive.
     *
     * @param lsn of the journal entry that holds the same bytes
     * @param aborted the transactions that its markers abort
     */
    record Piece(
            ByteBuffer batches,
            long baseOffset,
            long lastOffset,
            long maxTimestampMs,
            long lsn,
            List<AbortedTransaction> aborted) {
        /** A piece from bytes that went through the journal; whether it aborts anything has to be found out. */
        static Piece of(ByteBuffer batches, long lsn) {
            long lastOffset = -1;
            long maxTimestampMs = -1;
            for (int at = 0; at < batches.limit(); at += RecordBatchHeader.sizeInBytes(batches, at)) {
                lastOffset = RecordBatchHeader.lastOffset(batches, at);
                maxTimestampMs = Math.max(maxTimestampMs, RecordBatchHeader.maxTimestampMs(batches, at));
            }
            return new Piece(
                    batches, RecordBatchHeader.baseOffset(batches, 0), lastOffset, maxTimestampMs, lsn, List.of());
        }

        Piece with(List<AbortedTransaction> transactions) {
            return new Piece(batches, baseOffset, lastOffset, maxTimestampMs, lsn, transactions);
        }

        /** A marker always comes alone. */
        boolean isMarker() {
            return RecordBatchHeader.isControl(batches, batches.position());
        }

        int sizeBytes() {
            return batches.remaining();
        }
    }

    /**
     * What there is as a whole.
     *
     * @param logEndOffset of the log, and so of the tail if it is not empty; exclusive
     * @param newestMs greatest timestamp; -1 if the tail is empty, {@link Long#MAX_VALUE} if a batch has none
     */
    record Content(long sizeBytes, long newestMs, long logEndOffset) {}

    /** In offset order; those before {@code from} are gone, and are cleared out now and then. */
    private List<Piece> pieces = new ArrayList<>(0);

    private int from;
    private long sizeBytes;

    boolean isEmpty() {
        return from == pieces.size();
    }

    long sizeBytes() {
        return sizeBytes;
    }

    Content content(long logEndOffset) {
        long newestMs = -1;
        for (Piece piece : pieces.subList(from, pieces.size())) {
            newestMs = piece.maxTimestampMs < 0 ? Long.MAX_VALUE : Math.max(newestMs, piece.maxTimestampMs);
        }
        return new Content(sizeBytes, newestMs, logEndOffset);
    }

    /** The first offset in the tail; it must not be empty. */
    long baseOffset() {
        return pieces.get(from).baseOffset;
    }

    /** The lsn to wait for so that everything appended so far is durable; -1, which is below all, if the tail is empty. */
    long lastLsn() {
        return isEmpty() ? -1 : pieces.getLast().lsn;
    }

    void add(Piece piece) {
        pieces.add(piece);
        sizeBytes += piece.sizeBytes();
    }

    /** The first pieces whose lsn is below {@code lsn}, up to about {@code maxBytes}. They stay until removed. */
    List<Piece> firstBelow(long lsn, long maxBytes) {
        List<Piece> first = new ArrayList<>();
        long bytes = 0;
        for (int i = from; i < pieces.size() && pieces.get(i).lsn < lsn && bytes < maxBytes; i++) {
            first.add(pieces.get(i));
            bytes += pieces.get(i).sizeBytes();
        }
        return first;
    }

    /** Removes the first pieces; returns how many bytes that frees. */
    long removeFirst(int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += pieces.get(from + i).sizeBytes();
        }
        from += count;
        sizeBytes -= bytes;
        if (isEmpty()) {
            pieces = new ArrayList<>(0);
            from = 0;
        } else if (from > pieces.size() / 2) {
            pieces = new ArrayList<>(pieces.subList(from, pieces.size()));
            from = 0;
        }
        return bytes;
    }

    /** Returns how many bytes that frees. */
    long removeAll() {
        return removeFirst(pieces.size() - from);
    }

    /**
     * Whole pieces from the one that holds {@code offset} up to the bound. The first is given whatever its size if
     * {@code atLeastOne}.
     */
    ReadResult.InMemory read(long offset, int maxBytes, boolean atLeastOne, long boundOffset) {
        List<ByteBuffer> buffers = new ArrayList<>();
        int bytes = 0;
        long endOffset = offset;
        for (int i = indexOf(offset); i < pieces.size() && pieces.get(i).lastOffset < boundOffset; i++) {
            Piece piece = pieces.get(i);
            boolean fits = bytes + piece.sizeBytes() <= maxBytes;
            if (!fits && !(buffers.isEmpty() && atLeastOne)) {
                break;
            }
            buffers.add(piece.batches.duplicate());
            bytes += piece.sizeBytes();
            endOffset = piece.lastOffset + 1;
        }
        return buffers.isEmpty() ? ReadResult.InMemory.EMPTY : new ReadResult.InMemory(buffers, bytes, endOffset);
    }

    /** The aborted transactions whose markers are here, in the order of the markers. */
    List<AbortedTransaction> aborted() {
        List<AbortedTransaction> all = new ArrayList<>();
        for (Piece piece : pieces.subList(from, pieces.size())) {
            all.addAll(piece.aborted);
        }
        return all;
    }

    /** All pieces from the one that holds {@code offset}. */
    List<Piece> from(long offset) {
        return List.copyOf(pieces.subList(indexOf(offset), pieces.size()));
    }

    /** The first piece whose last offset is not below {@code offset}. */
    private int indexOf(long offset) {
        int low = from;
        int high = pieces.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (pieces.get(middle).lastOffset < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
