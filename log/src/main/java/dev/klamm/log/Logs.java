package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
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
    private final Limits limits;
    private final Machine machine;
    private final Storage storage;
    private final Closeable lockFile;
    private final TailBudget tailBudget;
    private final DiskSpace diskSpace;
    private final DeletedFiles deletedFiles = new DeletedFiles();
    private final JournalReplay replay;
    private final Journal journal;
    private final Flusher flusher;
    private final Retention retention;
    private final Checkpoints checkpoints;
    private final Damages damages;
    private final Cleaner cleaner;
    private final boolean segmentsAreTrusted;
    private final boolean wasStoppedCleanly;
    private final long syncNanos;
    private final Map<LogId, PartitionLog> logs = new ConcurrentHashMap<>();
    private volatile Upkeep upkeep = Upkeep.DEFAULT;

    /**
     * How much may be held where, and how long.
     *
     * @param tailBytes memory for batches on their way to segment files; producers wait when it is used up
     * @param journalFileBytes the size that journal files grow to; there are two or three of them at a time
     * @param producerExpirationMs {@code producer.id.expiration.ms}: how long a log remembers a producer that is idle
     */
    public record Limits(long tailBytes, int journalFileBytes, long producerExpirationMs) {
        public static final Limits DEFAULT = new Limits(64 << 20, 64 << 20);

        /** With Kafka's default of a day for producers. */
        public Limits(long tailBytes, int journalFileBytes) {
            this(tailBytes, journalFileBytes, 24 * 3600_000L);
        }

        public Limits withProducerExpirationMs(long expirationMs) {
            return new Limits(tailBytes, journalFileBytes, expirationMs);
        }
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

        JournalFailedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /** The same failure, as another thread meets it. */
        JournalFailedException(JournalFailedException first) {
            super(first.getMessage(), first);
        }
    }

    private Logs(Path root, Machine machine, Limits limits, Closeable lockFile) throws IOException {
        this.root = root;
        this.limits = limits;
        this.machine = machine;
        this.storage = machine.storage();
        this.lockFile = lockFile;
        this.tailBudget = new TailBudget(limits.tailBytes());
        this.checkpoints = Checkpoints.read(storage, root);
        this.damages = Damages.read(storage, root);
        this.cleaner = new Cleaner(this, CleanerCheckpoint.read(storage, root));
        boolean wasClean = CleanShutdown.isMarked(storage, root);
        if (wasClean) {
            // The mark is set before the journal goes: what is left of it is of no use, and may not be whole.
            JournalReplay.discard(storage, root);
        }
        this.replay = JournalReplay.read(storage, root);
        boolean journalIsWhole = !replay.files().isEmpty() && replay.losses().isEmpty();
        this.wasStoppedCleanly = wasClean;
        this.segmentsAreTrusted = wasClean || journalIsWhole;
        CleanShutdown.clear(storage, root);
        this.journal = new Journal(machine, root, limits.journalFileBytes(), replay);
        this.syncNanos = journal.measureSync();
        this.flusher = new Flusher(this);
        this.retention = new Retention(this);
        this.diskSpace = new DiskSpace(storage, root, tailBudget);
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
        return open(directory, Machine.with(storage), limits);
    }

    static Logs open(Path directory, Machine machine, Limits limits) throws IOException {
        machine.storage().createDirectories(directory);
        Closeable lockFile = lock(directory, machine.storage());
        try {
            return new Logs(directory, machine, limits, lockFile);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /** Takes Kafka's own lock file, so that neither it nor another of ours works in the directory meanwhile. */
    private static Closeable lock(Path directory, Storage storage) throws IOException {
        return storage.lock(directory.resolve(LOCK_FILE))
                .orElseThrow(() -> new DirectoryInUseException(
                        "The data directory " + directory + " is in use by another broker."));
    }

    /** Names a log. A map entry; its files are created or opened when it is first used. */
    public PartitionLog register(LogId id, LogConfig config, int leaderEpoch) {
        PartitionLog log = logs.computeIfAbsent(id, _ -> new PartitionLog(this, id, config, leaderEpoch));
        if (replay.hasEntries(id.topicId(), id.partition())) {
            flusher.markDirty(log);
        }
        compactIfNeeded(config);
        return log;
    }

    /** Has compaction begin where a log is to be compacted. */
    void compactIfNeeded(LogConfig config) {
        if (config.cleanup().compact()) {
            cleaner.start();
        }
    }

    Cleaner cleaner() {
        return cleaner;
    }

    /** How the logs are kept in order from now on; takes effect with the next look at them. */
    public void reconfigure(Upkeep newUpkeep) {
        upkeep = newUpkeep;
        cleaner.wake();
    }

    Upkeep upkeep() {
        return upkeep;
    }

    /** For a test that does not wait for the next look of retention. */
    Retention retention() {
        return retention;
    }

    Collection<PartitionLog> all() {
        return logs.values();
    }

    public Optional<PartitionLog> find(LogId id) {
        return Optional.ofNullable(logs.get(id));
    }

    /** Says that every log is registered: what the journal holds of others belongs to deleted topics and may go. */
    public void allRegistered() {
        allRegistered(Set.of());
    }

    /** @param deletedTopics a process that died while it deleted these may have left directories of theirs, which go now */
    public void allRegistered(Set<Uuid> deletedTopics) {
        checkpoints.keepEndsOf(logs.values());
        flusher.allowCheckpoints(deletedTopics);
        retention.start();
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
            checkpoints.forget(id);
            cleaner.forget(id);
            damages.forgetBelow(id, Long.MAX_VALUE);
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

    /** The same two for so long, in ms; they return whether it is so. */
    public boolean awaitWritten(long lsn, long timeoutMs) throws InterruptedException, JournalFailedException {
        return journal.awaitWritten(lsn, TimeUnit.MILLISECONDS.toNanos(timeoutMs));
    }

    public boolean awaitSynced(long lsn, long timeoutMs) throws InterruptedException, JournalFailedException {
        return journal.awaitSynced(lsn, TimeUnit.MILLISECONDS.toNanos(timeoutMs));
    }

    /** Completes if the journal fails: then nothing is acknowledged any more, and the broker must stop. */
    public CompletableFuture<JournalFailedException> failure() {
        return journal.failure();
    }

    /** What is known to be damaged in this directory. */
    public Damages damages() {
        return damages;
    }

    /** Median time of a small sync on this disk, in nanoseconds, measured at the start. */
    public long syncNanos() {
        return syncNanos;
    }

    /** Moves everything into plain Kafka segment files, leaves no journal, and marks the stop as clean. */
    @Override
    public void close() throws IOException {
        retention.stop();
        cleaner.stop();
        flusher.stop();
        journal.stop();
        try {
            if (!journal.failure().isDone() && !journal.lacksSpace()) {
                leaveCleanly();
            }
        } catch (Storage.NoSpaceException full) {
            LOG.warn(
                    "{}: what is not in segment files yet stays in the journal, for the next start", full.getMessage());
        } finally {
            closeFiles();
        }
    }

    private void leaveCleanly() throws IOException {
        // First: what is deleted already may be the room that the rest needs.
        deletedFiles.removeDue(true);
        flusher.moveEverything();
        for (PartitionLog log : logs.values()) {
            log.closeCleanly();
        }
        writeCheckpoints();
        CleanShutdown.mark(storage, root, BROKER_EPOCH);
        journal.delete();
    }

    /** Ends as if the process had been killed: nothing is moved, synced or marked. For tests of recovery. */
    public void abandon() throws IOException {
        retention.stop();
        cleaner.stop();
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

    /** Writes Kafka's two checkpoint files, when segments are synced. */
    void writeCheckpoints() throws IOException {
        checkpoints.write(logs.values());
    }

    long checkpointedLogStart(LogId id) {
        return checkpoints.logStart(id);
    }

    /** Up to where its segments were synced when it was written last; empty if that is not known. */
    OptionalLong checkpointedEnd(LogId id) {
        return checkpoints.end(id);
    }

    /** What the journal of an earlier run holds of this log, until {@link #forgetReplayed}; null if nothing. */
    JournalReplay.@Nullable Entries replayed(LogId id) {
        return replay.entriesOf(id.topicId(), id.partition());
    }

    /** The log has taken over what the journal of an earlier run held of it. */
    void forgetReplayed(LogId id) {
        replay.forget(id.topicId(), id.partition());
    }

    /** Whether segment files end with whole batches: after a clean stop, or where a journal tells what may not be. */
    boolean segmentsAreTrusted() {
        return segmentsAreTrusted;
    }

    /** Whether the checkpoints speak of the logs there are, and not of one that was being deleted, of the same name. */
    boolean wasStoppedCleanly() {
        return wasStoppedCleanly;
    }

    /** False if the journal of an earlier run lacks entries that were synced. */
    boolean journalIsWhole() {
        return replay.losses().isEmpty();
    }

    void markDirty(PartitionLog log) {
        flusher.markDirty(log);
    }

    /** Has all that is in the journal on disk within this time. */
    void syncWithin(long ms) {
        flusher.syncWithin(ms);
    }

    void requestFlush() {
        flusher.request();
    }

    void markRootDirty() {
        flusher.markRootDirty();
    }

    long nowMs() {
        return machine.clock().millis();
    }

    Path root() {
        return root;
    }

    Machine machine() {
        return machine;
    }

    Storage storage() {
        return storage;
    }

    Journal journal() {
        return journal;
    }

    Limits limits() {
        return limits;
    }

    DiskSpace diskSpace() {
        return diskSpace;
    }

    TailBudget tailBudget() {
        return tailBudget;
    }

    DeletedFiles deletedFiles() {
        return deletedFiles;
    }
}
