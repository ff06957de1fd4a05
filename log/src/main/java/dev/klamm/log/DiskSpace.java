package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The free space of the data directory's disk, in bytes. When little more is left than a reserve, clients' appends are refused
 * until there is clearly more again; what the broker writes itself goes on: topics, settings, deletions, and, down to a
 * quarter of the reserve, committed offsets.
 *
 * <p>The flusher measures; between two measurements what was moved into segments since, and what tails still have to move, is
 * taken off. Any thread asks.
 */
final class DiskSpace {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

    private static final int SHARE_OF_DISK = 16;
    private static final long MIN_RESERVE_BYTES = 2 << 20;
    private static final long MAX_RESERVE_BYTES = 64 << 20;

    private final Storage storage;
    private final Path root;
    private final TailBudget tails;
    private final long reserveBytes;
    private final AtomicLong takenBytes = new AtomicLong();
    private final AtomicBoolean isShort = new AtomicBoolean();
    private volatile long measuredBytes;

    DiskSpace(Storage storage, Path root, TailBudget tails) throws IOException {
        this.storage = storage;
        this.root = root;
        this.tails = tails;
        this.measuredBytes = storage.freeBytes(root);
        this.reserveBytes = Math.clamp(storage.totalBytes(root) / SHARE_OF_DISK, MIN_RESERVE_BYTES, MAX_RESERVE_BYTES);
    }

    /** By the flusher, at each tick and after moves. */
    void measure() throws IOException {
        long taken = takenBytes.get();
        measuredBytes = storage.freeBytes(root);
        takenBytes.addAndGet(-taken);
        long available = availableBytes();
        if (available < reserveBytes) {
            becomeShort(available);
        } else if (available >= reserveBytes + reserveBytes / 2 && isShort.compareAndSet(true, false)) {
            LOG.info("{} has {} bytes of free space again: producers go on", root, available);
        }
    }

    /** So much was written since the last measurement. */
    void take(long bytes) {
        takenBytes.addAndGet(bytes);
    }

    private long availableBytes() {
        return measuredBytes - takenBytes.get() - tails.usedBytes();
    }

    private void becomeShort(long availableBytes) {
        if (isShort.compareAndSet(false, true)) {
            LOG.warn(
                    "{} has {} bytes of free space, and {} are kept for the broker itself: producers are refused until"
                            + " some is freed, by retention, by deleting topics or records, or from outside",
                    root,
                    Math.max(0, availableBytes),
                    reserveBytes);
            tails.wakeWaiting();
        }
    }

    /** The disk refused a write, whatever was measured: another process was faster. */
    void refusedWrite() {
        measuredBytes = 0;
        becomeShort(0);
    }

    /** Whether an append of a client has to be refused. */
    boolean isShortFor(int bytes) {
        if (isShort.get()) {
            return true;
        }
        long left = availableBytes() - bytes;
        if (left < reserveBytes) {
            becomeShort(left);
        }
        return left < reserveBytes;
    }

    /** The same for what a coordinator writes, which may use three quarters of the reserve. */
    boolean isShortForCoordinator() {
        return isShort.get() && availableBytes() < reserveBytes / 4;
    }

    /** For the answer to who was refused. */
    String refusal() {
        return "%s has %d bytes of free space left, and %d are kept for the broker itself"
                .formatted(root, Math.max(0, availableBytes()), reserveBytes);
    }
}
