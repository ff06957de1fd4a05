package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A storage that refuses to change anything: what looks at a data directory that is not its own, perhaps a running
 * broker's or a broken one, goes through it, so that a mistake there is an exception and not a changed file.
 */
final class ReadOnlyStorage implements Storage {
    private final Storage storage;

    ReadOnlyStorage(Storage storage) {
        this.storage = storage;
    }

    static Storage ofThisMachine() {
        return new ReadOnlyStorage(Storage.ofThisMachine());
    }

    private static UnsupportedOperationException refusal(Path path) {
        return new UnsupportedOperationException("not to be changed: " + path);
    }

    @Override
    public File openOrCreate(Path path) {
        throw refusal(path);
    }

    @Override
    public File openForReading(Path path) throws IOException {
        return storage.openForReading(path);
    }

    @Override
    public boolean exists(Path path) {
        return storage.exists(path);
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return storage.lastModifiedMs(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return storage.list(directory);
    }

    @Override
    public void createDirectories(Path directory) {
        throw refusal(directory);
    }

    @Override
    public void rename(Path from, Path to) {
        throw refusal(from);
    }

    @Override
    public void delete(Path path) {
        throw refusal(path);
    }

    @Override
    public void syncDirectory(Path directory) {
        throw refusal(directory);
    }

    @Override
    public Optional<Closeable> lock(Path path) {
        throw refusal(path);
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        return storage.freeBytes(path);
    }
}
