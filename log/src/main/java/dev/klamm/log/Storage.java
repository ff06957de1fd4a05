package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Every file operation of the log goes through here, so that a simulated disk can take the place of the real one and
 * lose, tear and refuse what real disks lose, tear and refuse. Nothing is durable before {@link File#sync} (contents) and
 * {@link #syncDirectory} (names) have returned.
 */
public interface Storage {

    /** The file system of this machine. */
    static Storage ofThisMachine() {
        return new RealStorage();
    }

    /** Opens for reading and writing; a file that is missing is created empty. */
    File openOrCreate(Path path) throws IOException;

    /**
     * Opens for reading alone.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    File openForReading(Path path) throws IOException;

    boolean exists(Path path);

    /** When a file was last written to, in ms since 1970. */
    long lastModifiedMs(Path path) throws IOException;

    /** Names directly in the directory, sorted; empty if there is no such directory. */
    List<String> list(Path directory) throws IOException;

    /** Creates the directory and those above it where they are missing. */
    void createDirectories(Path directory) throws IOException;

    /** Moves a file or directory, atomically replacing a file that is in the way. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file or an empty directory; says nothing if there is none. */
    void delete(Path path) throws IOException;

    /** Makes creations, renames and deletions in the directory durable. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Takes a file, made where it is missing, as the mark that this process works beside it; empty if another one has it.
     * It is given back by closing, or when the process ends.
     */
    Optional<Closeable> lock(Path path) throws IOException;

    /** The disk is full, or a quota. What was to be written may be there in part; all else is as it was. */
    final class NoSpaceException extends IOException {
        private static final long serialVersionUID = 1;

        public NoSpaceException(String message) {
            super(message);
        }
    }

    /** The size of the disk of {@code path}, used or not, in bytes. */
    default long totalBytes(Path path) throws IOException {
        return freeBytes(path);
    }

    /** Bytes that may still be written on the disk of {@code path}. */
    long freeBytes(Path path) throws IOException;

    /** One open file. Positions and sizes are in bytes. */
    interface File extends Closeable {
        long size() throws IOException;

        /** Reads from {@code position} until {@code target} is full or the file ends; returns how many bytes it read. */
        int read(ByteBuffer target, long position) throws IOException;

        /** Writes all that remains in the sources, in turn, from {@code position}. One thread writes at a time. */
        void write(ByteBuffer[] sources, long position) throws IOException;

        void truncate(long size) throws IOException;

        /** Returns when the contents are on disk (fdatasync). A failure is final: what was written is lost or not. */
        void sync() throws IOException;

        /**
         * Says that the file was renamed: an implementation that opens it again, or for the first time, by its name has to
         * use the new one, since another file may take the old.
         */
        void moved(Path target);

        /** Sends bytes to a channel without bringing them into the process; returns how many went, at least 1 or EOF (0). */
        long transferTo(long position, long count, WritableByteChannel target) throws IOException;

        @Override
        void close() throws IOException;
    }
}
