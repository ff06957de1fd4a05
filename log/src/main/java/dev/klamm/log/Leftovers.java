package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories that an earlier run was about to delete when it ended. What can't be told for sure to be one of those stays:
 * it may be somebody's data.
 */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Pattern PARTITION = Pattern.compile(".+-[0-9]+");

    private final Logs logs;
    private final Storage storage;

    Leftovers(Logs logs) {
        this.logs = logs;
        this.storage = logs.storage();
    }

    /** Deletes those that were renamed for it. */
    void deleteMarked() throws IOException {
        for (String name : storage.list(logs.root())) {
            if (name.endsWith(DeletedDirectory.SUFFIX)) {
                orSay(name, () -> DeletedDirectory.delete(storage, logs.root().resolve(name)));
            }
        }
    }

    /** One that can't be deleted is no reason to stop: it takes up space, and the next start tries again. */
    private static void orSay(String name, DeletedFiles.Removal removal) {
        try {
            removal.run();
        } catch (IOException e) {
            LOG.warn("{} of a deleted topic takes up space until the next start: {}", name, e.toString());
        }
    }

    /** Deletes those of topics whose deletion is on disk, if the process ended before it came to their directories. */
    void delete(Set<Uuid> deletedTopics) throws IOException {
        if (deletedTopics.isEmpty()) {
            return;
        }
        Set<String> inUse = new HashSet<>();
        logs.all().forEach(log -> inUse.add(log.id().directoryName()));
        for (String name : storage.list(logs.root())) {
            if (PARTITION.matcher(name).matches() && !inUse.contains(name)) {
                orSay(name, () -> deleteIfOf(deletedTopics, logs.root().resolve(name)));
            }
        }
    }

    private void deleteIfOf(Set<Uuid> deletedTopics, Path directory) throws IOException {
        if (topicId(directory).filter(deletedTopics::contains).isPresent()) {
            LOG.info("{} is of a topic that was deleted: removing it", directory);
            new DeletedDirectory(storage, logs.root(), directory).markAndDelete();
        }
    }

    private Optional<Uuid> topicId(Path directory) throws IOException {
        try {
            return PartitionMetadata.read(storage, directory);
        } catch (GarbledFileException e) {
            LOG.warn("{}: {} stays", e.getMessage(), directory);
            return Optional.empty();
        }
    }
}
