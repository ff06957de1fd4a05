package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** All logs of one data directory, and the journal they share. (Skeleton: being written; the signatures hold.) */
public final class Logs implements AutoCloseable {

    private Logs() {}

    /**
     * Takes the directory for this process and reads the journal; opens no log.
     *
     * @throws IOException if the directory can't be written, or another process has it ({@link DirectoryInUseException})
     */
    public static Logs open(Path directory, Storage storage, Limits limits) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Bounds in bytes. */
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

    /** Names a log. A map entry; its files are created or opened when it is first used. */
    public PartitionLog register(LogId id, LogConfig config, int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    public Optional<PartitionLog> find(LogId id) {
        throw new UnsupportedOperationException();
    }

    /** Says that every log is registered: what the journal holds of others belongs to deleted topics and may go. */
    public void allRegistered() {
        throw new UnsupportedOperationException();
    }

    /** Removes a log; its directory is renamed at once, and deleted after {@code file.delete.delay.ms}. */
    public void delete(LogId id) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Waits until what has this lsn is in the journal: it survives a killed process. */
    public void awaitWritten(long lsn) throws InterruptedException, JournalFailedException {
        throw new UnsupportedOperationException();
    }

    /** Waits until what has this lsn is on disk: it survives a power cut. */
    public void awaitSynced(long lsn) throws InterruptedException, JournalFailedException {
        throw new UnsupportedOperationException();
    }

    /** The journal could not be written or synced: nothing is acknowledged any more, and the broker must stop. */
    public static final class JournalFailedException extends Exception {
        private static final long serialVersionUID = 1;

        JournalFailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Median time of a small sync on this disk, in nanoseconds; measured once, at the first start in this directory. */
    public long syncNanos() {
        throw new UnsupportedOperationException();
    }

    /** Moves everything into plain Kafka segment files, leaves the journal empty, and marks the stop as clean. */
    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException();
    }
}
