package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A storage for dry runs: it reads what is there, and says yes to every change without making it. What a start would do
 * with a directory can be seen so, and the directory stays as it is.
 */
record DryStorage(Storage storage) implements Storage {

    @Override
    public File openOrCreate(Path path) throws IOException {
        return openForReading(path);
    }

    @Override
    public File openForReading(Path path) throws IOException {
        return new DryFile(storage.openForReading(path));
    }

    @Override
    public boolean exists(Path path) {
        return storage.exists(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return storage.list(directory);
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public void rename(Path from, Path to) {}

    @Override
    public void delete(Path path) {}

    @Override
    public void syncDirectory(Path directory) {}

    @Override
    public Optional<Closeable> lock(Path path) {
        return Optional.empty();
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        return storage.freeBytes(path);
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return storage.lastModifiedMs(path);
    }

    private record DryFile(File file) implements File {
        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer[] sources, long position) {}

        @Override
        public void truncate(long size) {}

        @Override
        public void sync() {}

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return file.transferTo(position, count, target);
        }

        @Override
        public void moved(Path path) {}

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
