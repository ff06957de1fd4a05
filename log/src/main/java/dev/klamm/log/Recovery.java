package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
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
    private long logStartOffset;
    private long logEndOffset;

    Recovery(Logs logs, LogId id, LogConfig config, int leaderEpoch, Tail tail) throws IOException {
        this.logs = logs;
        this.config = config;
        this.tail = tail;
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
        WriteBuffer buffer = new WriteBuffer();
        for (int i = replayed.first(); i < replayed.end(); i++) {
            ByteBuffer content = replayed.read(i);
            if (replayed.kind(i) == JournalFrame.KIND_LOG_START) {
                logStartOffset = Math.max(logStartOffset, content.getLong(0));
                continue;
            }
            Tail.Piece piece = Tail.Piece.of(content, replayed.lsn(i));
            tail.add(piece);
            logs.tailBudget().take(piece.sizeBytes());
            logEndOffset = piece.lastOffset() + 1;
            if (logs.tailBudget().isHalfUsed() && tail.sizeBytes() >= MOVE_BYTES) {
                files.write(tail.firstBelow(Long.MAX_VALUE, Long.MAX_VALUE), config, buffer);
                logs.tailBudget().release(tail.removeAll());
            }
        }
    }

    /** Whether there is anything for the flusher to move or to write down. */
    boolean foundEntries() {
        return entries != null;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    long logEndOffset() {
        return logEndOffset;
    }
}
