package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file of this machine. NIO closes a channel, for all threads, when one that is reading from it is interrupted, as
 * the handler of a connection is when the broker stops; the others then open the file again and go on.
 *
 * <p>That must not happen to who writes: Linux tells of a page that it could not write once to each open file, at its next
 * sync, and a file that was opened anew in between may be told nothing. So writing has a channel of its own, which no
 * reader shares; should it be closed by an interrupt of its own thread between a write and its sync, what was written
 * counts as lost.
 */
final class RealFile implements Storage.File {
    private final boolean isWritable;

    /** Guards the change of the channels, {@code path} and {@code isClosed}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Both are opened when they are first needed: most files are only read, or not read while they are written. */
    private volatile @Nullable FileChannel reading;

    private volatile @Nullable FileChannel writing;
    private volatile Path path;
    private boolean isClosed;

    /** Written to since the last sync; touched by the writing thread alone. */
    private boolean isUnsynced;

    private RealFile(Path path, boolean isWritable) {
        this.path = path;
        this.isWritable = isWritable;
    }

    static RealFile openForReading(Path path) throws IOException {
        RealFile file = new RealFile(path, false);
        file.reading = FileChannel.open(path, StandardOpenOption.READ);
        return file;
    }

    static RealFile openOrCreate(Path path) throws IOException {
        RealFile file = new RealFile(path, true);
        try {
            file.reading = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException missing) {
            file.writing = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        }
        return file;
    }

    private interface Operation {
        long on(FileChannel channel) throws IOException;
    }

    /** @param operation is begun again if another thread's interrupt closes the channel: it must bear that */
    private long perform(boolean writes, Operation operation) throws IOException {
        while (true) {
            FileChannel channel = writes ? writing() : reading();
            try {
                return operation.on(channel);
            } catch (ClosedByInterruptException ofThisThread) {
                throw ofThisThread;
            } catch (ClosedChannelException ofAnother) {
                checkOpen(ofAnother);
            }
        }
    }

    private void checkOpen(ClosedChannelException cause) throws ClosedChannelException {
        lock.lock();
        try {
            if (isClosed) {
                throw cause;
            }
        } finally {
            lock.unlock();
        }
    }

    private FileChannel reading() throws IOException {
        FileChannel channel = reading;
        if (channel != null && channel.isOpen()) {
            return channel;
        }
        lock.lock();
        try {
            channel = reopened(reading, StandardOpenOption.READ);
            reading = channel;
            return channel;
        } finally {
            lock.unlock();
        }
    }

    private FileChannel writing() throws IOException {
        FileChannel channel = writing;
        if (channel != null && channel.isOpen()) {
            return channel;
        }
        if (!isWritable) {
            throw new IOException(path + " was opened for reading");
        }
        if (isUnsynced) {
            throw new IOException(path + " was closed by an interrupt between a write and its sync");
        }
        lock.lock();
        try {
            channel = reopened(writing, StandardOpenOption.WRITE);
            writing = channel;
            return channel;
        } finally {
            lock.unlock();
        }
    }

    /** Never made anew: the name may have been taken away meanwhile, by a deletion. */
    private FileChannel reopened(@Nullable FileChannel before, OpenOption option) throws IOException {
        if (isClosed) {
            throw new ClosedChannelException();
        }
        return before != null && before.isOpen() ? before : FileChannel.open(path, option);
    }

    @Override
    public long size() throws IOException {
        FileChannel writer = writing;
        return perform(reading == null && writer != null, FileChannel::size);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        perform(false, current -> {
            int count = 0;
            while (target.hasRemaining() && count >= 0) {
                count = current.read(target, position + target.position() - start);
            }
            return count;
        });
        return target.position() - start;
    }

    @Override
    public void write(ByteBuffer[] sources, long position) throws IOException {
        long end = position + remaining(sources);
        perform(true, current -> {
            isUnsynced = true;
            return RealStorage.refusing(path, () -> {
                for (long left = remaining(sources); left > 0; left = remaining(sources)) {
                    current.position(end - left);
                    current.write(sources);
                }
                return end;
            });
        });
    }

    private static long remaining(ByteBuffer[] buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        return bytes;
    }

    @Override
    public void truncate(long size) throws IOException {
        perform(true, current -> {
            isUnsynced = true;
            return current.truncate(size).size();
        });
    }

    @Override
    public void sync() throws IOException {
        perform(true, current -> {
            current.force(false);
            isUnsynced = false;
            return 0;
        });
    }

    @Override
    public void moved(Path target) {
        lock.lock();
        try {
            path = target;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return reading().transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            isClosed = true;
            try {
                close(writing);
            } finally {
                close(reading);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void close(@Nullable FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
