package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
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

    /** Likewise: up to where their segments were synced when they were written last. */
    private final Map<TopicPartition, Long> ends;

    private Checkpoints(Storage storage, Path root) throws IOException {
        this.storage = storage;
        this.root = root;
        this.starts = read(OffsetCheckpoint.LOG_STARTS, "logs start where their first segments do");
        this.ends = read(OffsetCheckpoint.RECOVERY_POINTS, "logs end where their last segments do");
    }

    /** Reads both files; one that can't be believed counts as none. */
    static Checkpoints read(Storage storage, Path root) throws IOException {
        return new Checkpoints(storage, root);
    }

    private Map<TopicPartition, Long> read(String fileName, String otherwise) throws IOException {
        try {
            return OffsetCheckpoint.read(storage, root, fileName);
        } catch (GarbledFileException e) {
            LOG.warn("{}: {}", e.getMessage(), otherwise);
            return new HashMap<>();
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

    /** Up to where the segments of the log were synced; empty if nothing is known of the log. */
    OptionalLong end(LogId id) {
        lock.lock();
        try {
            Long end = ends.get(key(id));
            return end == null ? OptionalLong.empty() : OptionalLong.of(end);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets where logs ended that are gone by now: one that is made under the same name has nothing to do with it. */
    void keepEndsOf(Collection<PartitionLog> logs) {
        Set<TopicPartition> kept = logs.stream().map(log -> key(log.id())).collect(Collectors.toSet());
        lock.lock();
        try {
            ends.keySet().retainAll(kept);
        } finally {
            lock.unlock();
        }
    }

    /** Durable when it returns. Logs that were not opened have not changed. */
    void write(Collection<PartitionLog> logs) throws IOException {
        Map<PartitionLog, LogFiles.Offsets> changed = new HashMap<>();
        for (PartitionLog log : logs) {
            // Before the lock is taken: this takes the log's, which is held while where it starts is asked for.
            log.checkpointOffsets().ifPresent(offsets -> changed.put(log, offsets));
        }
        lock.lock();
        try {
            changed.forEach((log, offsets) -> {
                // One that was deleted meanwhile has been forgotten, or will be as soon as the lock is free.
                if (!log.isDeleted()) {
                    starts.put(key(log.id()), offsets.logStartOffset());
                    ends.put(key(log.id()), offsets.logEndOffset());
                }
            });
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
            if (ends.remove(key(id)) != null) {
                OffsetCheckpoint.write(storage, root, OffsetCheckpoint.RECOVERY_POINTS, ends);
            }
        } finally {
            lock.unlock();
        }
    }
}
