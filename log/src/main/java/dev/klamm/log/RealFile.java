package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file of this machine. NIO closes a channel, for all threads, when one that is reading from it is interrupted, as
 * the handler of a connection is when the broker stops; the others then open the file again and go on.
 */
final class RealFile implements Storage.File {
    private final Path path;
    private final Set<StandardOpenOption> options;

    /** Guards the change of {@code channel}, and {@code isClosed}. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile FileChannel channel;
    private boolean isClosed;

    RealFile(Path path, Set<StandardOpenOption> options) throws IOException {
        this.path = path;
        this.options = options;
        this.channel = FileChannel.open(path, options);
    }

    private interface Operation {
        long on(FileChannel channel) throws IOException;
    }

    /** @param operation is begun again if another thread's interrupt closes the channel: it must bear that */
    private long perform(Operation operation) throws IOException {
        while (true) {
            FileChannel current = channel;
            try {
                return operation.on(current);
            } catch (ClosedByInterruptException ofThisThread) {
                throw ofThisThread;
            } catch (ClosedChannelException ofAnother) {
                reopen(ofAnother);
            }
        }
    }

    private void reopen(ClosedChannelException cause) throws IOException {
        lock.lock();
        try {
            if (isClosed) {
                throw cause;
            }
            if (!channel.isOpen()) {
                // Never made anew: the name may have been taken away meanwhile, by a deletion.
                channel = FileChannel.open(path, withoutCreate());
            }
        } finally {
            lock.unlock();
        }
    }

    private Set<StandardOpenOption> withoutCreate() {
        Set<StandardOpenOption> existing = EnumSet.copyOf(options);
        existing.remove(StandardOpenOption.CREATE);
        return existing;
    }

    @Override
    public long size() throws IOException {
        return perform(FileChannel::size);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        perform(current -> {
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
        perform(current -> {
            for (long left = remaining(sources); left > 0; left = remaining(sources)) {
                current.position(end - left);
                current.write(sources);
            }
            return end;
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
        perform(current -> current.truncate(size).size());
    }

    @Override
    public void sync() throws IOException {
        perform(current -> {
            current.force(false);
            return 0;
        });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return channel.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            isClosed = true;
            channel.close();
        } finally {
            lock.unlock();
        }
    }
}
