package dev.klamm.log;

import dev.klamm.log.Compaction.SwapFailedException;
import dev.klamm.log.VerifiedBatches.DamagedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts compacted logs, the one with the greatest dirty part first, one at a time. One thread, {@code klamm-cleaner},
 * which is started when there is a compacted log. A log that was not used in this run is not opened unless its directory
 * shows that it has segments that were not compacted yet.
 *
 * <p>A damaged log is left alone until the next start; one that could not be read or written, for lack of space perhaps,
 * for a minute.
 */
final class Cleaner {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);
    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Longer than any process lives. */
    private static final long NEVER_NANOS = Long.MAX_VALUE / 2;

    private final Logs logs;
    private final CleanerCheckpoint checkpoint;
    private final Pacer pacer = new Pacer();

    /** Until when, by {@link System#nanoTime}, each of these is left alone. */
    private final Map<LogId, Long> leftAlone = new ConcurrentHashMap<>();

    /** Logs not opened in this run that had nothing dirty on disk: so it stays until they are opened. */
    private final Set<LogId> settled = ConcurrentHashMap.newKeySet();

    /** Held for a whole pass: there is memory for one. */
    private final ReentrantLock passing = new ReentrantLock();

    /** Guards the rest. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition woken = lock.newCondition();
    private @Nullable Thread thread;
    private boolean isRequested;
    private boolean isStopping;

    Cleaner(Logs logs, CleanerCheckpoint checkpoint) {
        this.logs = logs;
        this.checkpoint = checkpoint;
    }

    CleanerCheckpoint checkpoint() {
        return checkpoint;
    }

    /** There is a log that may have to be compacted. */
    void start() {
        lock.lock();
        try {
            if (thread == null && !isStopping) {
                thread = logs.machine().thread("klamm-cleaner", this::run);
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has the thread, if there is one, look at once. */
    void wake() {
        lock.lock();
        try {
            isRequested = thread != null;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a pass at its next step, and the thread; what was put in place stays. */
    void stop() throws IOException {
        Thread running;
        lock.lock();
        try {
            isStopping = true;
            running = thread;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        if (running != null) {
            Machine.awaitEnd(running);
        }
    }

    private void run() {
        try {
            while (awaitTurn()) {
                boolean cleaned = true;
                while (cleaned && !isStopping()) {
                    cleaned = cleanDirtiest(logs.nowMs());
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("compaction was interrupted and ends until the next start");
        }
    }

    /** Waits until it is asked for or time to look again; false when stopping. */
    private boolean awaitTurn() throws InterruptedException {
        lock.lock();
        try {
            long leftNanos =
                    TimeUnit.MILLISECONDS.toNanos(logs.upkeep().compaction().backoffMs());
            while (!isRequested && !isStopping && leftNanos > 0) {
                leftNanos = woken.awaitNanos(leftNanos);
            }
            isRequested = false;
            return !isStopping;
        } finally {
            lock.unlock();
        }
    }

    private boolean isStopping() {
        lock.lock();
        try {
            return isStopping;
        } finally {
            lock.unlock();
        }
    }

    // ---- one pass

    /**
     * Compacts the log with the greatest dirty part, as of {@code nowMs}, if any is due; returns whether it did. Also for
     * tests, which have no thread do it.
     */
    boolean cleanDirtiest(long nowMs) {
        passing.lock();
        try {
            return dirtiest(nowMs).map(found -> clean(found, nowMs)).orElse(false);
        } finally {
            passing.unlock();
        }
    }

    private Optional<Cleanable> dirtiest(long nowMs) {
        if (!logs.upkeep().compaction().isEnabled()) {
            return Optional.empty();
        }
        Cleanable dirtiest = null;
        for (PartitionLog log : logs.all()) {
            if (log.config().cleanup().compact() && !isLeftAlone(log.id())) {
                Cleanable found = cleanable(log, nowMs);
                if (found != null && (dirtiest == null || found.dirtyRatio() > dirtiest.dirtyRatio())) {
                    dirtiest = found;
                }
            }
        }
        return Optional.ofNullable(dirtiest);
    }

    private @Nullable Cleanable cleanable(PartitionLog log, long nowMs) {
        try {
            if (!log.isOpen() && !hasDirtySegmentsOnDisk(log.id())) {
                return null;
            }
            return Cleanable.ifDue(log, checkpoint.offset(log.id()), nowMs).orElse(null);
        } catch (IOException | RuntimeException | Error e) {
            giveUp(log, e);
            return null;
        }
    }

    private boolean hasDirtySegmentsOnDisk(LogId id) throws IOException {
        if (settled.contains(id)) {
            return false;
        }
        List<Long> baseOffsets =
                Segments.baseOffsetsIn(logs.storage(), logs.root().resolve(id.directoryName()));
        boolean isDirty = baseOffsets.size() > 1 && baseOffsets.getLast() > checkpoint.offset(id);
        if (!isDirty) {
            settled.add(id);
        }
        return isDirty;
    }

    /** Returns whether it was cleaned; if not, it is not worth to try again at once. */
    private boolean clean(Cleanable cleanable, long nowMs) {
        try (Compaction compaction = new Compaction(cleanable, logs.upkeep().compaction(), nowMs, pacer)) {
            return clean(cleanable.log(), compaction);
        } catch (OutOfMemoryError e) {
            // There is no room for its buffers.
            giveUp(cleanable.log(), e);
            return false;
        }
    }

    private boolean clean(PartitionLog log, Compaction compaction) {
        try {
            Optional<Long> cleanedTo = compaction.run();
            if (cleanedTo.isPresent()) {
                checkpoint.write(
                        log.id(), cleanedTo.get(), () -> logs.find(log.id()).isPresent());
                LOG.info("{} is compacted up to offset {}: {}", log.id(), cleanedTo.get(), compaction.tally());
            }
            return cleanedTo.isPresent();
        } catch (InterruptedIOException stopped) {
            return false;
        } catch (SwapFailedException e) {
            logs.journal().fail(e);
            return false;
        } catch (DamagedException e) {
            if (logs.find(log.id()).isPresent()) {
                giveUp(log, e);
            }
            return false;
        } catch (IOException | RuntimeException | Error e) {
            // An Error, too: a codec whose native library can't be loaded must not end the compaction of all logs.
            if (log.segments().containsAll(compaction.sourcesLeft())) {
                giveUp(log, e);
            }
            // Else they were deleted while they were read.
            return false;
        }
    }

    private boolean isLeftAlone(LogId id) {
        Long untilNanos = leftAlone.get(id);
        return untilNanos != null && System.nanoTime() - untilNanos < 0;
    }

    private void giveUp(PartitionLog log, Throwable cause) {
        if (cause instanceof DamagedException damaged) {
            leftAlone.put(log.id(), System.nanoTime() + NEVER_NANOS);
            LOG.error("{} is not compacted any more until the next start: {}", log.id(), cause.getMessage());
            report(log, damaged);
        } else {
            leftAlone.put(log.id(), System.nanoTime() + RETRY_NANOS);
            LOG.error("{} can't be compacted, which is tried again in a minute: {}", log.id(), cause.toString());
        }
    }

    private void report(PartitionLog log, DamagedException damaged) {
        try {
            for (Damage damage : damaged.damages(log.id())) {
                logs.damages().report(damage);
            }
        } catch (IOException e) {
            LOG.error("the damage of {} can't be written down: {}", log.id(), e.toString());
        }
    }

    /** The log is gone. */
    void forget(LogId id) throws IOException {
        leftAlone.remove(id);
        settled.remove(id);
        checkpoint.forget(id);
    }

    /** Holds a pass to {@code log.cleaner.io.max.bytes.per.second}, and ends it when the broker stops. */
    private final class Pacer implements Compaction.Pace {
        /** Bytes that were not read in one window can't be read in the next. */
        private static final long WINDOW_NANOS = 300_000_000;

        private long windowStartNanos = System.nanoTime();
        private double windowBytes;

        @Override
        public void passed(long bytes) throws InterruptedIOException {
            lock.lock();
            try {
                if (System.nanoTime() - windowStartNanos > WINDOW_NANOS) {
                    windowStartNanos = System.nanoTime();
                    windowBytes = 0;
                }
                windowBytes += bytes;
                long dueNanos = (long)
                        (windowBytes / logs.upkeep().compaction().ioMaxBytesPerSecond() * TimeUnit.SECONDS.toNanos(1));
                awaitNanos(windowStartNanos + dueNanos - System.nanoTime());
                if (isStopping) {
                    throw new InterruptedIOException("the broker stops");
                }
            } catch (InterruptedException e) {
                throw new InterruptedIOException("compaction was interrupted");
            } finally {
                lock.unlock();
            }
        }

        private void awaitNanos(long nanos) throws InterruptedException {
            long leftNanos = nanos;
            while (!isStopping && leftNanos > 0) {
                leftNanos = woken.awaitNanos(leftNanos);
            }
        }
    }
}
