package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Up to where each log was compacted: Kafka's {@code cleaner-offset-checkpoint} in the root of the data directory. What is
 * missing there is compacted once more, which changes nothing but the time that it takes.
 */
final class CleanerCheckpoint {
    private static final Logger LOG = LoggerFactory.getLogger(CleanerCheckpoint.class);
    private static final String FILE = "cleaner-offset-checkpoint";

    private final Storage storage;
    private final Path root;

    /** Guards {@code offsets} and the file; held while it is written. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<TopicPartition, Long> offsets;

    private CleanerCheckpoint(Storage storage, Path root, Map<TopicPartition, Long> offsets) {
        this.storage = storage;
        this.root = root;
        this.offsets = offsets;
    }

    /** A file that can't be believed counts as none. */
    static CleanerCheckpoint read(Storage storage, Path root) throws IOException {
        try {
            return new CleanerCheckpoint(storage, root, OffsetCheckpoint.read(storage, root, FILE));
        } catch (GarbledFileException e) {
            LOG.warn("{}: compacted logs are compacted from their start", e.getMessage());
            return new CleanerCheckpoint(storage, root, new HashMap<>());
        }
    }

    private static TopicPartition key(LogId id) {
        return new TopicPartition(id.topic(), id.partition());
    }

    /** The first offset that was not compacted yet; -1 if the log never was. */
    long offset(LogId id) {
        lock.lock();
        try {
            return offsets.getOrDefault(key(id), -1L);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Durable when it returns.
     *
     * @param isThere whether the log still is; if not, it has been or will be forgotten here, and nothing is written
     */
    void write(LogId id, long offset, BooleanSupplier isThere) throws IOException {
        lock.lock();
        try {
            if (isThere.getAsBoolean()) {
                offsets.put(key(id), offset);
                OffsetCheckpoint.write(storage, root, FILE, offsets);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Says that from {@code offset} on the log is not, or no longer, as it was compacted: what is replayed from the journal
     * was not, nor is a new log of the same name. Durable when it returns.
     */
    void lowerTo(LogId id, long offset) throws IOException {
        if (offset(id) > offset) {
            write(id, offset, () -> true);
        }
    }

    /** The log is gone, and one of its name may come. Durable when it returns. */
    void forget(LogId id) throws IOException {
        lock.lock();
        try {
            if (offsets.remove(key(id)) != null) {
                OffsetCheckpoint.write(storage, root, FILE, offsets);
            }
        } finally {
            lock.unlock();
        }
    }
}
