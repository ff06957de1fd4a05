package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's two checkpoint files in the root of the data directory: where logs start, and up to where their segments are
 * good. The flusher writes them with each checkpoint; a deletion takes its log out at once.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final Storage storage;
    private final Path root;

    /** Guards {@code starts} and the files; held while they are written. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Of all logs that were ever opened, also of those that this run has not opened yet. */
    private final Map<TopicPartition, Long> starts;

    private Checkpoints(Storage storage, Path root, Map<TopicPartition, Long> starts) {
        this.storage = storage;
        this.root = root;
        this.starts = starts;
    }

    /** Reads where logs start; a file that can't be believed counts as none. */
    static Checkpoints read(Storage storage, Path root) throws IOException {
        try {
            return new Checkpoints(storage, root, OffsetCheckpoint.read(storage, root, OffsetCheckpoint.LOG_STARTS));
        } catch (GarbledFileException e) {
            LOG.warn("{}: logs start where their first segments do", e.getMessage());
            return new Checkpoints(storage, root, new HashMap<>());
        }
    }

    private static TopicPartition key(LogId id) {
        return new TopicPartition(id.topic(), id.partition());
    }

    /** 0 if nothing is known of the log. */
    long logStart(LogId id) {
        lock.lock();
        try {
            return starts.getOrDefault(key(id), 0L);
        } finally {
            lock.unlock();
        }
    }

    /** Durable when it returns. Logs that were not opened have not changed. */
    void write(Collection<PartitionLog> logs) throws IOException {
        lock.lock();
        try {
            Map<TopicPartition, Long> ends = new HashMap<>();
            for (PartitionLog log : logs) {
                Optional<LogFiles.Offsets> offsets = log.checkpointOffsets();
                if (offsets.isPresent()) {
                    starts.put(key(log.id()), offsets.get().logStartOffset());
                    ends.put(key(log.id()), offsets.get().logEndOffset());
                }
            }
            OffsetCheckpoint.write(storage, root, OffsetCheckpoint.LOG_STARTS, starts);
            OffsetCheckpoint.write(storage, root, OffsetCheckpoint.RECOVERY_POINTS, ends);
        } finally {
            lock.unlock();
        }
    }

    /** The log is gone; a new one of its name must not begin where it did, even if the process died now. */
    void forget(LogId id) throws IOException {
        lock.lock();
        try {
            if (starts.remove(key(id)) != null) {
                OffsetCheckpoint.write(storage, root, OffsetCheckpoint.LOG_STARTS, starts);
            }
        } finally {
            lock.unlock();
        }
    }
}
