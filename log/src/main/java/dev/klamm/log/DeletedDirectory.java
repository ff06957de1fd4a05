package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/** A partition's directory on its way out: renamed as Kafka renames it ({@code NAME.RANDOM-delete}), then deleted. */
final class DeletedDirectory {
    static final String SUFFIX = "-delete";

    private final Storage storage;
    private final Path directory;
    private final Path root;
    private final Path marked;

    DeletedDirectory(Storage storage, Path root, Path directory) {
        this.storage = storage;
        this.root = root;
        this.directory = directory;
        String mark = "." + UUID.randomUUID().toString().replace("-", "") + SUFFIX;
        // Kafka keeps the whole name within the 255 bytes that file systems allow.
        String name = root.relativize(directory).toString();
        this.marked = root.resolve(name.substring(0, Math.min(name.length(), 255 - mark.length())) + mark);
    }

    /** What it is called once it is marked. */
    Path path() {
        return marked;
    }

    void mark() throws IOException {
        storage.rename(directory, marked);
        storage.syncDirectory(root);
    }

    void delete() throws IOException {
        delete(storage, marked);
    }

    void markAndDelete() throws IOException {
        mark();
        delete();
    }

    /** Deletes a directory and the files in it; there are no directories in a partition's. */
    static void delete(Storage storage, Path directory) throws IOException {
        for (String name : storage.list(directory)) {
            storage.delete(directory.resolve(name));
        }
        storage.delete(directory);
    }
}
