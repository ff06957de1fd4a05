package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The journal's files: the one that is written, the full ones that wait for a checkpoint, oldest first, and a spare. The
 * journal's thread writes and changes the current one; the flusher makes the spare and frees the full ones.
 *
 * <p>They begin small, grow while there is load, and take no more than a sixteenth of the free space each, so that the
 * journal does not eat a small disk.
 */
final class JournalFiles {
    private static final long FIRST_BYTES = 1 << 20;
    private static final int GROWTH = 4;
    private static final int SHARE_OF_FREE_SPACE = 16;

    private final Storage storage;
    private final Path directory;
    private final long maxFileBytes;

    /** Guards the fields below. Never held during I/O. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Deque<JournalFile> full = new ArrayDeque<>();
    private @Nullable JournalFile spare;
    private long nextNumber;

    /** These two are changed by the journal's thread alone. */
    private long nextTurn;

    private volatile JournalFile current;

    /**
     * Makes the first file; it begins behind what a replay found. The replayed files are kept until they are below a checkpoint.
     *
     * @param maxFileBytes the size that files grow to, step by step, while there is load
     */
    JournalFiles(Storage storage, Path directory, long maxFileBytes, JournalReplay replay) throws IOException {
        this.storage = storage;
        this.directory = directory;
        this.maxFileBytes = maxFileBytes;
        this.nextNumber = replay.nextFileNumber();
        this.nextTurn = replay.nextTurn();
        full.addAll(replay.files());
        current = create(Math.min(FIRST_BYTES, maxFileBytes), true);
        current.begin(nextTurn++, replay.endLsn(), replay.checkpointLsn());
        current.sync();
    }

    JournalFile current() {
        return current;
    }

    private JournalFile create(long capacityBytes, boolean filled) throws IOException {
        long number;
        lock.lock();
        try {
            number = nextNumber++;
        } finally {
            lock.unlock();
        }
        return JournalFile.create(storage, directory, number, capacityBytes, filled);
    }

    /**
     * Ends the current file and takes another one into use that has room for the frame; called by the journal's thread. If it
     * fails, the current one is still in place.
     */
    void roll(int frameBytes, long checkpointLsn) throws IOException {
        JournalFile old = current;
        // Before the new one begins: a replay that finds the new one may rely on the old.
        old.sync();
        JournalFile next = takeSpare(frameBytes);
        if (next == null) {
            next = create(Math.max(nextCapacity(), JournalFile.HEADER_BYTES + (long) frameBytes), false);
        }
        next.begin(nextTurn++, old.endLsn(), checkpointLsn);
        lock.lock();
        try {
            full.add(old);
            current = next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable JournalFile takeSpare(int frameBytes) {
        lock.lock();
        try {
            JournalFile taken = spare;
            if (taken == null || taken.capacityBytes() < JournalFile.HEADER_BYTES + (long) frameBytes) {
                return null;
            }
            spare = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private long nextCapacity() throws IOException {
        long smallest = Math.min(FIRST_BYTES, maxFileBytes);
        long allowed = Math.max(smallest, storage.freeBytes(directory) / SHARE_OF_FREE_SPACE);
        return Math.min(allowed, Math.min(maxFileBytes, current.capacityBytes() * GROWTH));
    }

    /** Whether the current file will soon be full, with none to follow it. */
    boolean needsSpare() {
        if (!current.isHalfFull()) {
            return false;
        }
        lock.lock();
        try {
            return spare == null;
        } finally {
            lock.unlock();
        }
    }

    /** Makes the next file, filled with zeros, if it will be needed soon. Called by the flusher, one call at a time. */
    void prepareSpare() throws IOException {
        if (needsSpare() && !isKept(create(nextCapacity(), true), 0)) {
            throw new IllegalStateException("two threads make journal files");
        }
    }

    /** A file that was freed is of use if it is not smaller than the current one; a new one has the size there is room for. */
    private void keepOrDelete(JournalFile freed) throws IOException {
        if (!isKept(freed, current.capacityBytes())) {
            freed.delete(storage);
        }
    }

    private boolean isKept(JournalFile file, long smallestBytes) {
        lock.lock();
        try {
            if (spare != null || file.capacityBytes() > maxFileBytes || file.capacityBytes() < smallestBytes) {
                return false;
            }
            spare = file;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a checkpoint would free a file. */
    boolean hasFull() {
        lock.lock();
        try {
            return !full.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Frees the files all of whose entries are below {@code lsn}, which the journal says, durably, to be a checkpoint. */
    void free(long lsn) throws IOException {
        List<JournalFile> freed = new ArrayList<>();
        lock.lock();
        try {
            while (!full.isEmpty() && full.getFirst().endLsn() <= lsn) {
                freed.add(full.removeFirst());
            }
        } finally {
            lock.unlock();
        }
        for (JournalFile file : freed) {
            keepOrDelete(file);
        }
    }

    /** As they are. */
    void close() throws IOException {
        for (JournalFile file : all()) {
            file.close();
        }
    }

    /** Removes the journal: everything that it held is in synced segment files. */
    void delete() throws IOException {
        for (JournalFile file : all()) {
            file.delete(storage);
        }
        storage.syncDirectory(directory);
    }

    private List<JournalFile> all() {
        lock.lock();
        try {
            List<JournalFile> files = new ArrayList<>(full);
            files.add(current);
            if (spare != null) {
                files.add(spare);
            }
            return files;
        } finally {
            lock.unlock();
        }
    }
}
