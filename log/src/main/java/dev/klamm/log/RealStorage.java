package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The file system of this machine, through NIO. */
final class RealStorage implements Storage {

    @Override
    public File openOrCreate(Path path) throws IOException {
        return refusing(path, () -> RealFile.openOrCreate(path));
    }

    @Override
    public File openForReading(Path path) throws IOException {
        return RealFile.openForReading(path);
    }

    interface Writing<T> {
        T run() throws IOException;
    }

    /**
     * Tells that a disk is full from all else that may fail. The JDK has no type for it, but the system's own words.
     *
     * @throws NoSpaceException if it is
     */
    static <T> T refusing(Path path, Writing<T> writing) throws IOException {
        try {
            return writing.run();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
                NoSpaceException full = new NoSpaceException(path + " can't be written: " + message);
                full.initCause(e);
                throw full;
            }
            throw e;
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return Files.getLastModifiedTime(path).toMillis();
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var entries = Files.newDirectoryStream(directory)) {
            var names = new ArrayList<String>();
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
            names.sort(null);
            return names;
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        refusing(directory, () -> Files.createDirectories(directory));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        refusing(from, () -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Optional<Closeable> lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException ofThisProcess) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            return Optional.empty();
        }
        return Optional.of(channel);
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return Files.getFileStore(path).getTotalSpace();
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }
}
