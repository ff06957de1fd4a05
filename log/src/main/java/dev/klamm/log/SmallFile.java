package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A file that is read and replaced as a whole. It is written beside its place under a name with {@code .tmp}, synced, and
 * renamed, so that a crash leaves the old contents or the new, never a mixture.
 */
final class SmallFile {

    /** Above this a file is not one of ours, and not read into memory. */
    private static final long MAX_BYTES = 1 << 30;

    private SmallFile() {}

    /**
     * Durable when it returns.
     *
     * @throws IOException if any step failed; the old contents are still in place then, or the new ones if only the last
     *     sync of the directory failed
     */
    static void replace(Storage storage, Path path, ByteBuffer contents) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".tmp");
        try (Storage.File file = storage.openOrCreate(fresh)) {
            file.truncate(0);
            file.write(new ByteBuffer[] {contents}, 0);
            file.sync();
        } catch (Storage.NoSpaceException full) {
            // What of it was written is room for others.
            storage.delete(fresh);
            throw full;
        }
        storage.rename(fresh, path);
        storage.syncDirectory(Objects.requireNonNull(path.toAbsolutePath().getParent(), "a file lies in a directory"));
    }

    /**
     * Returns all of it, ready to be read.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws GarbledFileException if it is far larger than anything that is written here
     */
    static ByteBuffer read(Storage storage, Path path) throws IOException {
        try (Storage.File file = storage.openForReading(path)) {
            long size = file.size();
            if (size > MAX_BYTES) {
                throw new GarbledFileException(path, "%d bytes are too many".formatted(size));
            }
            ByteBuffer contents = ByteBuffer.allocate((int) size);
            file.read(contents, 0);
            return contents.flip();
        }
    }
}
