package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings a log back at its first use: what its segments hold, and behind that what the journal of an earlier run has of
 * it, which goes through the tail once more. It runs under the log's locks. One that fails has changed nothing that
 * another could not do again.
 */
final class Recovery {
    /** Less is not worth a write of its own while the memory for tails is short. */
    private static final long MOVE_BYTES = 64 << 10;

    private final Logs logs;
    private final LogConfig config;
    private final Tail tail;
    private final LogFiles files;
    private final JournalReplay.@Nullable Entries entries;
    private final WriteBuffer buffer = new WriteBuffer();
    private final LongSupplier highWatermark;

    /** Known from the first marker on, which alone does not tell where its transaction began. */
    private @Nullable Producers producers;

    private long logStartOffset;
    private long logEndOffset;

    Recovery(Logs logs, LogId id, LogConfig config, int leaderEpoch, Tail tail, LongSupplier highWatermark)
            throws IOException {
        this.logs = logs;
        this.config = config;
        this.tail = tail;
        this.highWatermark = highWatermark;
        this.files = new LogFiles(logs, id, leaderEpoch);
        this.entries = logs.replayed(id);
    }

    /** Fills the tail, beyond the limit of its memory if need be, or leaves it empty if it fails. */
    LogFiles run() throws IOException {
        boolean isWhole = false;
        try {
            LogFiles.Offsets found = files.recover(entries, config);
            logStartOffset = found.logStartOffset();
            logEndOffset = found.logEndOffset();
            if (entries != null) {
                replay(entries);
            }
            Producers.deleteSnapshotsBeyond(logEndOffset, files);
            isWhole = true;
        } finally {
            if (!isWhole) {
                logs.tailBudget().release(tail.removeAll());
                files.close();
            }
        }
        // Not before: who tries again after a failure needs them again.
        logs.forgetReplayed(files.id());
        return files;
    }

    /** Brings back what was on its way to the segments. It is synced in the journal that it was read from. */
    private void replay(JournalReplay.Entries replayed) throws IOException {
        for (int i = replayed.first(); i < replayed.end(); i++) {
            ByteBuffer content = replayed.read(i);
            switch (replayed.kind(i)) {
                case JournalFrame.KIND_LOG_START -> logStartOffset = Math.max(logStartOffset, content.getLong(0));
                case JournalFrame.KIND_DOUBTFUL_BATCHES -> {
                    if (RecordBatchHeader.lastOffset(content, 0) < nextBaseOffset(replayed, i + 1)) {
                        takeDoubtful(content, replayed.lsn(i));
                    }
                }
                default -> take(Tail.Piece.of(content, replayed.lsn(i)));
            }
        }
    }

    /**
     * Of the next batches whose frame is good: nothing doubtful is to take their place. A batch's CRC is not over its base
     * offset, which a flipped bit makes that of another.
     */
    private static long nextBaseOffset(JournalReplay.Entries replayed, int from) throws IOException {
        for (int i = from; i < replayed.end(); i++) {
            if (replayed.kind(i) == JournalFrame.KIND_BATCHES) {
                return RecordBatchHeader.baseOffset(replayed.read(i), 0);
            }
        }
        return Long.MAX_VALUE;
    }

    private void take(Tail.Piece piece) throws IOException {
        if (piece.lastOffset() < logEndOffset) {
            // Where the journal lacks entries, what segments have of it was kept: see LogFiles.
            return;
        }
        if (piece.baseOffset() > logEndOffset) {
            leaveHole(piece.baseOffset());
        }
        tail.add(withAborted(piece));
        logs.tailBudget().take(piece.sizeBytes());
        logEndOffset = piece.lastOffset() + 1;
        if (logs.tailBudget().isHalfUsed() && tail.sizeBytes() >= MOVE_BYTES) {
            moveTail();
        }
    }

    private Tail.Piece withAborted(Tail.Piece piece) {
        if (producers == null && piece.isMarker()) {
            producers = Producers.load(files, tail, logStartOffset, logEndOffset, highWatermark);
        }
        return producers == null ? piece : piece.with(producers.update(piece.batches()));
    }

    private void moveTail() throws IOException {
        if (!tail.isEmpty()) {
            LogFiles.Written written = files.write(tail.firstBelow(Long.MAX_VALUE, Long.MAX_VALUE), config, buffer);
            if (written.noSpace() != null) {
                throw written.noSpace();
            }
            logs.tailBudget().release(tail.removeAll());
        }
    }

    /**
     * From a frame whose checksum is wrong. Batches that are good in themselves and go on where the log ends are believed; if
     * only their header is, it says how many offsets are lost.
     */
    private void takeDoubtful(ByteBuffer content, long lsn) throws IOException {
        if (RecordBatchHeader.baseOffset(content, 0) != logEndOffset) {
            return;
        }
        if (areWhole(content)) {
            take(Tail.Piece.of(content, lsn));
        } else if (RecordBatchHeader.count(content, 0) == RecordBatchHeader.lastOffsetDelta(content, 0) + 1) {
            leaveHole(RecordBatchHeader.lastOffset(content, 0) + 1);
            logEndOffset = RecordBatchHeader.lastOffset(content, 0) + 1;
        }
    }

    private static boolean areWhole(ByteBuffer batches) {
        for (int at = 0; at < batches.limit(); ) {
            int left = batches.limit() - at;
            int sizeBytes = left < RecordBatchHeader.SIZE ? -1 : RecordBatchHeader.sizeInBytes(batches, at);
            if (sizeBytes < RecordBatchHeader.SIZE
                    || sizeBytes > left
                    || RecordBatchHeader.magic(batches, at) != RecordBatchHeader.MAGIC_2
                    || !RecordBatchHeader.crcIsRight(batches, at)) {
                return false;
            }
            at += sizeBytes;
        }
        return true;
    }

    /** The log goes on in a new segment, and the damage tells readers what was before it. */
    private void leaveHole(long behind) throws IOException {
        moveTail();
        files.beginBehindHole(behind);
        String what = "entries of the journal which were on disk can't be read";
        logs.damages().report(new Damage(files.id(), logEndOffset, behind - 1, "klamm.journal", what));
    }

    /** Whether there is anything for the flusher to move or to write down. */
    boolean foundEntries() {
        return entries != null;
    }

    /** Null if nobody has needed to know them yet. */
    @Nullable
    Producers producers() {
        return producers;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    long logEndOffset() {
        return logEndOffset;
    }
}
