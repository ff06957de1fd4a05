package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Moves tails into segment files, behind the acknowledgements, in writes as large as it can; and makes checkpoints: when
 * the segments are synced, the journal's files may be used again. One thread, {@code klamm-flusher}.
 *
 * <p>Tails are moved when half of their memory is used, when a journal file is full, and otherwise a few seconds after
 * they began, so that an idle broker holds none. Only what is synced in the journal is moved: segments never
 * hold a batch that a power cut could take from the journal.
 */
final class Flusher {
    private static final long TICK_MS = 1000;
    private static final int TICKS_BETWEEN_MOVES = 5;

    /** Tails are moved, and the journal synced for it, more often than that. */
    private static final long LONGEST_WAIT_MS = 60_000;

    private final Logs logs;
    private final Thread thread;
    private final WriteBuffer buffer = new WriteBuffer();

    /** Logs with a tail, or with entries in the journal of an earlier run. */
    private final Map<LogId, PartitionLog> dirty = new ConcurrentHashMap<>();

    /** Logs moved since the last checkpoint; touched by this thread alone, and by who closes after its end. */
    private final Set<PartitionLog> unsynced = new LinkedHashSet<>();

    /** Guards the flags and {@code syncDueNanos}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition woken = lock.newCondition();
    private boolean requested;
    private boolean stopping;
    private boolean mayCheckpoint;
    private Set<Uuid> topicsToSweep = Set.of();

    /** When the journal is to be synced at the latest, by the monotonic clock; null if nobody has set a time. */
    private @Nullable Long syncDueNanos;

    private volatile boolean rootIsDirty;
    private long nextTickNanos = System.nanoTime();
    private int ticks;

    Flusher(Logs logs) {
        this.logs = logs;
        this.thread = logs.machine().thread("klamm-flusher", this::run);
    }

    void start() {
        thread.start();
    }

    /** The log has something to move. */
    void markDirty(PartitionLog log) {
        dirty.put(log.id(), log);
    }

    void forget(PartitionLog log) {
        dirty.remove(log.id());
    }

    /** A partition's directory was made. */
    void markRootDirty() {
        rootIsDirty = true;
    }

    /** Until every log is registered, a checkpoint could free what a log yet to come has in the journal. */
    void allowCheckpoints(Set<Uuid> deletedTopics) {
        lock.lock();
        try {
            topicsToSweep = deletedTopics;
            mayCheckpoint = true;
            requested = true;
            woken.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Asks for room: in the tails' memory, or in the journal. */
    void request() {
        lock.lock();
        try {
            requested = true;
            woken.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        Leftovers leftovers = new Leftovers(logs);
        try {
            leftovers.deleteMarked();
            while (awaitWork()) {
                leftovers.delete(takeTopicsToSweep());
                work();
            }
        } catch (JournalFailedException ended) {
            // Nothing may be moved any more that the journal does not have.
            return;
        } catch (IOException | InterruptedException | RuntimeException | Error failed) {
            // A segment that can't be written or synced is as bad as a journal that can't: what it takes is never
            // freed.
            logs.journal().fail(failed);
        }
    }

    /** Has the journal synced within this time, or as soon as a checkpoint that is going on then has ended. */
    void syncWithin(long ms) {
        lock.lock();
        try {
            long dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(ms, LONGEST_WAIT_MS));
            if (syncDueNanos == null || dueNanos - syncDueNanos < 0) {
                syncDueNanos = dueNanos;
                woken.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a request, the next tick, or a sync that is due; false when stopping. */
    private boolean awaitWork() throws InterruptedException {
        lock.lock();
        try {
            if (nextTickNanos - System.nanoTime() <= 0) {
                nextTickNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TICK_MS);
            }
            while (!requested && !stopping && leftNanos() > 0) {
                woken.awaitNanos(leftNanos());
            }
            if (requested) {
                ticks = TICKS_BETWEEN_MOVES;
            } else if (nextTickNanos - System.nanoTime() <= 0) {
                ticks++;
            }
            requested = false;
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    /** To the next tick or sync. */
    private long leftNanos() {
        long nowNanos = System.nanoTime();
        long toTick = nextTickNanos - nowNanos;
        return syncDueNanos == null ? toTick : Math.min(toTick, syncDueNanos - nowNanos);
    }

    private boolean takeDueSync() {
        lock.lock();
        try {
            boolean isDue = syncDueNanos != null && syncDueNanos - System.nanoTime() <= 0;
            if (isDue) {
                syncDueNanos = null;
            }
            return isDue;
        } finally {
            lock.unlock();
        }
    }

    private void work() throws IOException, InterruptedException, JournalFailedException {
        try {
            move();
        } catch (Storage.NoSpaceException full) {
            // Nothing is lost by it: it is tried again at the next tick, and what frees space goes on.
            logs.diskSpace().refusedWrite();
        }
        logs.journal().markWhenIdle();
        logs.deletedFiles().removeDue(false);
        logs.diskSpace().measure();
    }

    private void move() throws IOException, InterruptedException, JournalFailedException {
        if (takeDueSync()) {
            logs.journal().sync();
        }
        prepareSpare();
        if (logs.journal().hasFullFiles() && mayCheckpoint()) {
            checkpoint();
            ticks = 0;
        } else if (ticks >= TICKS_BETWEEN_MOVES || logs.tailBudget().isHalfUsed()) {
            moveTails(logs.journal().sync());
            ticks = 0;
        }
    }

    /** Without room there is none; what follows may make some. */
    private void prepareSpare() throws IOException {
        try {
            logs.journal().prepareSpare();
        } catch (Storage.NoSpaceException full) {
            logs.diskSpace().refusedWrite();
        }
    }

    private boolean mayCheckpoint() {
        lock.lock();
        try {
            return mayCheckpoint;
        } finally {
            lock.unlock();
        }
    }

    private void moveTails(long syncedLsn) throws IOException {
        for (PartitionLog log : List.copyOf(dirty.values())) {
            dirty.remove(log.id());
            unsynced.add(log);
            boolean isMoved = false;
            try {
                log.moveTail(syncedLsn, buffer);
                isMoved = !log.hasMore(syncedLsn);
            } finally {
                if (!isMoved) {
                    dirty.put(log.id(), log);
                }
            }
        }
    }

    /** Every entry below the journal's synced lsn gets into synced segments; then the journal is told so. */
    private void checkpoint() throws IOException, InterruptedException, JournalFailedException {
        long lsn = logs.journal().sync();
        moveTails(lsn);
        syncSegments();
        logs.writeCheckpoints();
        logs.journal().checkpointed(lsn);
    }

    private void syncSegments() throws IOException {
        for (PartitionLog log : unsynced) {
            log.syncSegments();
        }
        unsynced.clear();
        if (rootIsDirty) {
            rootIsDirty = false;
            logs.storage().syncDirectory(logs.root());
        }
    }

    /** After the end of this thread and of the journal's: moves and syncs all that is left. */
    void moveEverything() throws IOException {
        moveTails(logs.journal().syncedLsn());
        syncSegments();
    }

    private Set<Uuid> takeTopicsToSweep() {
        lock.lock();
        try {
            Set<Uuid> taken = topicsToSweep;
            topicsToSweep = Set.of();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    void stop() throws IOException {
        lock.lock();
        try {
            stopping = true;
            woken.signal();
        } finally {
            lock.unlock();
        }
        Machine.awaitEnd(thread);
    }
}
