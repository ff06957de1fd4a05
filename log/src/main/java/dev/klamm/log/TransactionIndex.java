package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code .txnindex} of one segment: the aborted transactions whose markers are in it, in the order of the markers (see
 * {@link AbortedTransaction} for its bytes). There is no file while there are none, as with Kafka. It is read at the first
 * use and kept in memory from then on. It is believed if the log confirms each entry, and else made anew from the log.
 *
 * <p>Files are changed by who holds the log's flush lock; any thread reads. An index that a reader has made anew goes to
 * its file with the next change, or at a clean stop.
 */
final class TransactionIndex {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionIndex.class);

    /** The segment's batches. */
    interface Batches {
        /** Whether they may be read: not by names that may be another's by now. True until before these are taken away. */
        boolean areThere();

        /** Whether they have this transaction's marker. */
        boolean confirm(AbortedTransaction transaction) throws IOException;

        /** All that are aborted in them; looks at all of them. */
        List<AbortedTransaction> findAborted() throws IOException;
    }

    private final Storage storage;
    private final Path path;
    private final long baseOffset;
    private final Batches batches;

    /** Held while it is read or made anew, so that this is done once, and while it is changed. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable List<AbortedTransaction> known;
    private volatile boolean isDistrusted;

    /** The file has to be written as a whole. */
    private boolean isStale;

    private boolean isDirty;

    /** @param isNew whether there can't be any yet */
    TransactionIndex(Storage storage, Path path, long baseOffset, boolean isNew, Batches batches) {
        this.storage = storage;
        this.path = path;
        this.baseOffset = baseOffset;
        this.batches = batches;
        this.known = isNew ? List.of() : null;
    }

    /** Says that the file was perhaps not on disk when the process died that wrote it. */
    void distrust() {
        isDistrusted = true;
    }

    /** @throws NoSuchFileException if it was not read before the segment was deleted or replaced */
    List<AbortedTransaction> all() throws IOException {
        List<AbortedTransaction> now = known;
        return now == null ? load() : now;
    }

    private List<AbortedTransaction> load() throws IOException {
        lock.lock();
        try {
            List<AbortedTransaction> now = known;
            if (now == null) {
                now = List.copyOf(readOrFind());
                if (!batches.areThere()) {
                    throw new NoSuchFileException(path.toString());
                }
                known = now;
            }
            return now;
        } finally {
            lock.unlock();
        }
    }

    private List<AbortedTransaction> readOrFind() throws IOException {
        if (!isDistrusted) {
            try {
                return readAndConfirm();
            } catch (GarbledFileException e) {
                LOG.warn("{}. Making it anew.", e.getMessage());
            }
        }
        isStale = true;
        return batches.findAborted();
    }

    private List<AbortedTransaction> readAndConfirm() throws IOException {
        List<AbortedTransaction> read = AbortedTransaction.read(storage, path, baseOffset);
        for (AbortedTransaction transaction : read) {
            if (!batches.confirm(transaction)) {
                throw new GarbledFileException(path, "the log does not have " + transaction);
            }
        }
        return read;
    }

    /** Adds what was written to the log; returns whether that may have made the file. On disk after {@link #sync}. */
    boolean append(List<AbortedTransaction> more) throws IOException {
        if (more.isEmpty()) {
            return false;
        }
        lock.lock();
        try {
            List<AbortedTransaction> longer = new ArrayList<>(all());
            boolean isFirst = longer.isEmpty() || isStale;
            if (isStale) {
                write(longer, 0);
            }
            write(more, longer.size());
            isStale = false;
            longer.addAll(more);
            known = List.copyOf(longer);
            return isFirst;
        } finally {
            lock.unlock();
        }
    }

    /** Writes entries from this one on, and drops what is behind them. */
    private void write(List<AbortedTransaction> transactions, int from) throws IOException {
        if (transactions.isEmpty() && !storage.exists(path)) {
            return;
        }
        isDirty = true;
        try (Storage.File file = storage.openOrCreate(path)) {
            long position = (long) from * AbortedTransaction.SIZE;
            if (!transactions.isEmpty()) {
                file.write(new ByteBuffer[] {AbortedTransaction.toBytes(transactions)}, position);
            }
            file.truncate(position + (long) transactions.size() * AbortedTransaction.SIZE);
        }
    }

    /** Forgets the transactions whose markers are at {@code endOffset} or behind. */
    void cutAt(long endOffset) throws IOException {
        lock.lock();
        try {
            List<AbortedTransaction> kept = all().stream()
                    .filter(transaction -> transaction.lastOffset() < endOffset)
                    .toList();
            if (isStale) {
                write(kept, 0);
            } else {
                write(List.of(), kept.size());
            }
            isStale = false;
            known = kept;
        } finally {
            lock.unlock();
        }
    }

    /** Writes it down if a reader has made it anew; returns whether it did. */
    boolean repair() throws IOException {
        lock.lock();
        try {
            List<AbortedTransaction> now = known;
            if (!isStale || now == null) {
                return false;
            }
            write(now, 0);
            isStale = false;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void sync() throws IOException {
        if (isDirty && storage.exists(path)) {
            try (Storage.File file = storage.openOrCreate(path)) {
                file.sync();
            }
        }
        isDirty = false;
    }
}
