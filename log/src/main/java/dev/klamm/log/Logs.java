package dev.klamm.log;

import dev.klamm.log.LogFiles.Offsets;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of one data directory, and what they share: the journal, the memory for tails, the flusher. Opening it reads
 * the journal of an earlier run, if that was not stopped cleanly, and opens no log.
 */
public final class Logs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Logs.class);
    private static final String LOCK_FILE = ".lock";

    /** Kafka writes the broker's epoch into the clean mark; a single broker's never changes. */
    private static final long BROKER_EPOCH = 1;

    private final Path root;
    private final Storage storage;
    private final FileChannel lockFile;
    private final TailBudget tailBudget;
    private final DeletedFiles deletedFiles = new DeletedFiles();
    private final JournalReplay replay;
    private final Journal journal;
    private final Flusher flusher;
    private final Map<TopicPartition, Long> checkpointedStarts;
    private final boolean segmentsAreTrusted;
    private final long syncNanos;
    private final Map<LogId, PartitionLog> logs = new ConcurrentHashMap<>();

    /**
     * How much may be held where.
     *
     * @param tailBytes memory for batches on their way to segment files; producers wait when it is used up
     * @param journalFileBytes the size that journal files grow to; there are two or three of them at a time
     */
    public record Limits(long tailBytes, int journalFileBytes) {
        public static final Limits DEFAULT = new Limits(64 << 20, 64 << 20);
    }

    /** Thrown by {@link #open}; the message is one sentence for the user. */
    public static final class DirectoryInUseException extends IOException {
        private static final long serialVersionUID = 1;

        DirectoryInUseException(String message) {
            super(message);
        }
    }

    /** The journal could not be written or synced: nothing is acknowledged any more, and the broker must stop. */
    public static final class JournalFailedException extends Exception {
        private static final long serialVersionUID = 1;

        JournalFailedException(String message, Throwable cause) {
            super(message, cause);
        }

        /** The same failure, as another thread meets it. */
        JournalFailedException(JournalFailedException first) {
            super(first.getMessage(), first);
        }
    }

    private Logs(Path root, Storage storage, Limits limits, FileChannel lockFile) throws IOException {
        this.root = root;
        this.storage = storage;
        this.lockFile = lockFile;
        this.tailBudget = new TailBudget(limits.tailBytes());
        this.checkpointedStarts = readCheckpointedStarts();
        boolean wasClean = CleanShutdown.isMarked(storage, root);
        this.replay = JournalReplay.read(storage, root);
        this.segmentsAreTrusted = wasClean || !replay.files().isEmpty();
        CleanShutdown.clear(storage, root);
        this.journal = new Journal(storage, root, limits.journalFileBytes(), replay);
        this.syncNanos = journal.measureSync();
        this.flusher = new Flusher(this);
        journal.start(flusher::request, tailBudget::fail);
        flusher.start();
    }

    /**
     * Takes the directory for this process and reads the journal; opens no log.
     *
     * @throws DirectoryInUseException if another process has it
     * @throws IOException if it can't be made or written
     */
    public static Logs open(Path directory, Storage storage, Limits limits) throws IOException {
        storage.createDirectories(directory);
        FileChannel lockFile = lock(directory);
        try {
            return new Logs(directory, storage, limits, lockFile);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /** Takes Kafka's own lock file, so that neither it nor another of ours works in the directory meanwhile. */
    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new DirectoryInUseException("The data directory " + directory + " is in use by another broker.");
        }
        return channel;
    }

    private Map<TopicPartition, Long> readCheckpointedStarts() throws IOException {
        try {
            return new HashMap<>(OffsetCheckpoint.read(storage, root, OffsetCheckpoint.LOG_STARTS));
        } catch (NoSuchFileException e) {
            return new HashMap<>();
        } catch (GarbledFileException e) {
            LOG.warn("{}: logs start where their first segments do", e.getMessage());
            return new HashMap<>();
        }
    }

    /** Names a log. A map entry; its files are created or opened when it is first used. */
    public PartitionLog register(LogId id, LogConfig config, int leaderEpoch) {
        PartitionLog log = logs.computeIfAbsent(id, _ -> new PartitionLog(this, id, config, leaderEpoch));
        if (replay.hasEntries(id.topicId(), id.partition())) {
            flusher.markDirty(log);
        }
        return log;
    }

    public Optional<PartitionLog> find(LogId id) {
        return Optional.ofNullable(logs.get(id));
    }

    /** Says that every log is registered: what the journal holds of others belongs to deleted topics and may go. */
    public void allRegistered() {
        flusher.allowCheckpoints();
    }

    /**
     * Removes a log; its directory is renamed at once, and deleted after {@code file.delete.delay.ms}. Says nothing if there
     * is no such log.
     */
    public void delete(LogId id) throws IOException {
        PartitionLog log = logs.remove(id);
        if (log != null) {
            log.delete();
            flusher.forget(log);
            if (checkpointedStarts.remove(new TopicPartition(id.topic(), id.partition())) != null) {
                // Or a new topic of this name would begin where the old one did, if the process died now.
                writeCheckpoints();
            }
        }
    }

    /** Waits until what has this lsn is in the journal: it survives a killed process. */
    public void awaitWritten(long lsn) throws InterruptedException, JournalFailedException {
        journal.awaitWritten(lsn);
    }

    /** Waits until what has this lsn is on disk: it survives a power cut. */
    public void awaitSynced(long lsn) throws InterruptedException, JournalFailedException {
        journal.awaitSynced(lsn);
    }

    /** Completes if the journal fails: then nothing is acknowledged any more, and the broker must stop. */
    public CompletableFuture<JournalFailedException> failure() {
        return journal.failure();
    }

    /** Median time of a small sync on this disk, in nanoseconds, measured at the start. */
    public long syncNanos() {
        return syncNanos;
    }

    /** Moves everything into plain Kafka segment files, leaves no journal, and marks the stop as clean. */
    @Override
    public void close() throws IOException {
        flusher.stop();
        journal.stop();
        try {
            if (!journal.failure().isDone()) {
                flusher.moveEverything();
                for (PartitionLog log : logs.values()) {
                    log.closeCleanly();
                }
                writeCheckpoints();
                deletedFiles.removeDue(true);
                CleanShutdown.mark(storage, root, BROKER_EPOCH);
                journal.delete();
            }
        } finally {
            closeFiles();
        }
    }

    /** Ends as if the process had been killed: nothing is moved, synced or marked. For tests of recovery. */
    public void abandon() throws IOException {
        flusher.stop();
        journal.stop();
        closeFiles();
    }

    private void closeFiles() throws IOException {
        for (PartitionLog log : logs.values()) {
            log.closeFiles();
        }
        journal.closeFiles();
        lockFile.close();
    }

    /** Writes Kafka's two checkpoint files: where logs start, and up to where their segments are good. */
    void writeCheckpoints() throws IOException {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (PartitionLog log : logs.values()) {
            Optional<Offsets> offsets = log.checkpointOffsets();
            if (offsets.isPresent()) {
                TopicPartition partition =
                        new TopicPartition(log.id().topic(), log.id().partition());
                checkpointedStarts.put(partition, offsets.get().logStartOffset());
                ends.put(partition, offsets.get().logEndOffset());
            }
        }
        OffsetCheckpoint.write(storage, root, OffsetCheckpoint.LOG_STARTS, checkpointedStarts);
        OffsetCheckpoint.write(storage, root, OffsetCheckpoint.RECOVERY_POINTS, ends);
    }

    long checkpointedLogStart(LogId id) {
        return checkpointedStarts.getOrDefault(new TopicPartition(id.topic(), id.partition()), 0L);
    }

    JournalReplay.@Nullable Entries takeReplayed(LogId id) {
        return replay.take(id.topicId(), id.partition());
    }

    /** Whether segment files end with whole batches: after a clean stop, or where a journal tells what may not be. */
    boolean segmentsAreTrusted() {
        return segmentsAreTrusted;
    }

    void markDirty(PartitionLog log) {
        flusher.markDirty(log);
    }

    void requestFlush() {
        flusher.request();
    }

    void markRootDirty() {
        flusher.markRootDirty();
    }

    long nowMs() {
        return System.currentTimeMillis();
    }

    Path root() {
        return root;
    }

    Storage storage() {
        return storage;
    }

    Journal journal() {
        return journal;
    }

    TailBudget tailBudget() {
        return tailBudget;
    }

    DeletedFiles deletedFiles() {
        return deletedFiles;
    }
}
