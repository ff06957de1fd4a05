package dev.klamm.log;

import dev.klamm.log.SegmentCheck.Bounds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all that is in segment files, slowly, again and again, so that damage is known before somebody needs what it
 * took; what it finds goes to the {@link Damages}. One thread, {@code klamm-scrub}. It opens each file for itself, reads it
 * through one buffer, and closes it: logs that nobody uses stay closed.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

    /** The start of a broker, and those who connect to it at once, come first. */
    private static final long FIRST_PASS_AFTER_MS = 5 * 60_000;

    /** From the end of one pass to the beginning of the next. */
    private static final long BETWEEN_PASSES_MS = 24 * 3600_000L;

    private static final long UNLIMITED = Long.MAX_VALUE;

    private final Logs logs;
    private final long bytesPerSecond;
    private final Thread thread;
    private final ByteBuffer buffer = ByteBuffer.allocate(SegmentCheck.BUFFER_BYTES);

    private final Pauses pauses = new Pauses();

    /** One pass at a time has the buffer; held while the disk is read, and between the reads of a slow pass. */
    private final ReentrantLock passing = new ReentrantLock();

    private Scrub(Logs logs, long bytesPerSecond) {
        this.logs = logs;
        this.bytesPerSecond = bytesPerSecond;
        this.thread = logs.machine().thread("klamm-scrub", this::run);
        thread.setDaemon(true);
    }

    /** @param bytesPerSecond how fast it reads; 0 if it is only to read when {@link #pass} says so */
    public static Scrub start(Logs logs, long bytesPerSecond) {
        Scrub scrub = new Scrub(logs, bytesPerSecond);
        if (bytesPerSecond > 0) {
            scrub.thread.start();
        }
        return scrub;
    }

    private void run() {
        try {
            long delayMs = FIRST_PASS_AFTER_MS;
            while (pauses.pause(delayMs)) {
                pass(bytesPerSecond);
                delayMs = BETWEEN_PASSES_MS;
            }
        } catch (InterruptedException ended) {
            LOG.debug("The scrub ends");
        }
    }

    /** Reads everything once, as fast as it goes; what is damaged is in {@link Logs#damages} when it returns. */
    public void pass() throws InterruptedException {
        pass(UNLIMITED);
    }

    private void pass(long rate) throws InterruptedException {
        passing.lockInterruptibly();
        try {
            for (PartitionLog log : logs.all()) {
                for (ScrubbedFile file : log.filesToScrub()) {
                    if (!check(log, file, rate)) {
                        return;
                    }
                }
            }
        } finally {
            passing.unlock();
        }
    }

    /**
     * A segment file as it was found.
     *
     * @param sizeBytes up to where it is known to be written; -1 if nobody writes it, for all of it
     * @param segment whose it is; null if the log was not opened yet
     */
    record ScrubbedFile(
            Path path,
            long sizeBytes,
            Bounds bounds,
            @Nullable Segment segment) {
        /**
         * Whether its name, asked behind opening it, still stood for what was found: compaction puts another file under
         * the name of the first that it replaces, and opening a log may change what is on disk.
         */
        boolean isCurrent(PartitionLog log) {
            return segment == null ? !log.isOpen() : !segment.isGone();
        }
    }

    /** False when stopping. */
    private boolean check(PartitionLog log, ScrubbedFile scrubbed, long rate) throws InterruptedException {
        try (Storage.File file = logs.storage().openForReading(scrubbed.path())) {
            if (!scrubbed.isCurrent(log)) {
                return true;
            }
            long sizeBytes = scrubbed.sizeBytes() < 0 ? file.size() : scrubbed.sizeBytes();
            SegmentCheck check = new SegmentCheck(file, scrubbed.bounds(), sizeBytes, buffer);
            long pacedTo = 0;
            while (check.next()) {
                DamagedRange damaged = check.damaged();
                if (damaged != null
                        && !damaged.isBetweenBatches()
                        && isStillThere(scrubbed, sizeBytes, damaged)
                        && scrubbed.isCurrent(log)) {
                    logs.damages().report(damaged.of(log.id(), nameOf(scrubbed.path())));
                }
                if (check.endPosition() - pacedTo >= buffer.capacity() && rate != UNLIMITED) {
                    if (!pauses.pause(1000 * (check.endPosition() - pacedTo) / rate)) {
                        return false;
                    }
                    pacedTo = check.endPosition();
                }
            }
        } catch (NoSuchFileException deleted) {
            LOG.debug("{} was deleted meanwhile", scrubbed.path());
        } catch (IOException e) {
            LOG.error("{} can't be read: {}", scrubbed.path(), e.toString());
        }
        return true;
    }

    /** Looks again: a log that is opened meanwhile may cut what was never synced, and a disk may read wrong once. */
    private boolean isStillThere(ScrubbedFile scrubbed, long sizeBytes, DamagedRange damaged) throws IOException {
        try (Storage.File file = logs.storage().openForReading(scrubbed.path())) {
            SegmentCheck again = new SegmentCheck(
                    file, scrubbed.bounds(), sizeBytes, ByteBuffer.allocate(SegmentCheck.BUFFER_BYTES));
            again.startAt(damaged.from(), damaged.firstOffset());
            return file.size() >= sizeBytes && again.next() && damaged.equals(again.damaged());
        }
    }

    private static String nameOf(Path path) {
        return path.getName(path.getNameCount() - 2) + "/" + path.getFileName();
    }

    /** Segment files of a log that nobody has opened, by their names alone. */
    static List<ScrubbedFile> ofUnopened(Storage storage, Path directory, boolean lastMayBeTorn) throws IOException {
        List<Long> bases = storage.list(directory).stream()
                .filter(name -> name.endsWith(".log"))
                .map(name -> Long.parseLong(name.substring(0, name.length() - ".log".length())))
                .sorted()
                .toList();
        int count = lastMayBeTorn ? Math.max(0, bases.size() - 1) : bases.size();
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    long end = i + 1 < bases.size() ? bases.get(i + 1) : Long.MAX_VALUE;
                    Path path = directory.resolve(Segment.fileName(bases.get(i), ".log"));
                    return new ScrubbedFile(path, -1, new Bounds(bases.get(i), end), null);
                })
                .toList();
    }

    /** Ends the thread. */
    @Override
    public void close() throws IOException {
        pauses.stop();
        Machine.awaitEnd(thread);
    }
}
