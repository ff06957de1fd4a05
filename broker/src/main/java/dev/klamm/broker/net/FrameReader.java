package dev.klamm.broker.net;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a client sends into frames.
 *
 * <pre>
 * offset  size  meaning
 * 0       4     size of what follows, signed, big endian
 * 4       size  request header and body
 * </pre>
 *
 * A read takes as much as there is: while the rest of a frame is read straight to its place, the beginning of the next ones
 * goes to {@link #ahead} with the same system call. Used by the connection's reading thread alone.
 */
final class FrameReader {
    /** API key, version and correlation id. */
    private static final int SHORTEST_REQUEST_BYTES = 8;

    /** Small, since every silent connection has one; enough for a dozen pipelined requests. */
    private static final int AHEAD_BYTES = 1024;

    /** What a frame gets on its word alone, without asking {@link RequestMemory}. */
    private static final int FREE_BYTES = 32 * 1024;

    /** How much larger the buffer gets each time that what it has is full. */
    private static final int GROWTH = 8;

    /** Bounds the JDK's own direct buffer, which it takes for each read into the heap and keeps. */
    private static final int MAX_READ_BYTES = 128 * 1024;

    private final SocketChannel channel;
    private final PeerClock clock;
    private final RequestMemory.Lease lease;
    private final int maxRequestBytes;

    /** Received and not used yet: what lies between position and limit. */
    private final ByteBuffer ahead = ByteBuffer.allocate(AHEAD_BYTES).limit(0);

    FrameReader(SocketChannel channel, PeerClock clock, RequestMemory memory, int maxRequestBytes) {
        this.channel = channel;
        this.clock = clock;
        this.lease = memory.lease();
        this.maxRequestBytes = maxRequestBytes;
    }

    /**
     * Waits for a frame and gives its bytes without the size, in a buffer of their own that is never used again: records
     * stay in it. Its memory is accounted for until {@link #release}.
     *
     * @return null if the client has closed its side
     * @throws BadRequestException if the claimed size is out of bounds
     * @throws EOFException if the client closes in the middle of a frame
     */
    @Nullable
    ByteBuffer next() throws IOException, InterruptedException {
        if (!fillAhead(Integer.BYTES)) {
            return null;
        }
        int size = checked(ahead.getInt());
        ByteBuffer frame = ByteBuffer.allocate(Math.min(size, FREE_BYTES));
        takeAhead(frame);
        while (frame.position() < size) {
            if (!frame.hasRemaining()) {
                frame = grow(frame, size);
            }
            receive(frame, frame.capacity() == size);
        }
        return frame.flip();
    }

    /** Says that the frame last given is done with. */
    void release() {
        lease.close();
    }

    private int checked(int size) throws BadRequestException {
        if (size < SHORTEST_REQUEST_BYTES) {
            throw new BadRequestException(
                    "a frame claims " + size + " bytes, a request has at least " + SHORTEST_REQUEST_BYTES);
        }
        if (size > maxRequestBytes) {
            throw new BadRequestException(
                    "a frame claims " + size + " bytes, socket.request.max.bytes is " + maxRequestBytes);
        }
        return size;
    }

    private boolean fillAhead(int bytes) throws IOException {
        while (ahead.remaining() < bytes) {
            boolean inFrame = ahead.hasRemaining();
            ahead.compact();
            int count = read(ahead, inFrame);
            ahead.flip();
            if (count < 0) {
                if (inFrame) {
                    throw new EOFException("closed in the middle of a frame");
                }
                return false;
            }
        }
        return true;
    }

    private void takeAhead(ByteBuffer frame) {
        int count = Math.min(ahead.remaining(), frame.remaining());
        frame.put(frame.position(), ahead, ahead.position(), count);
        frame.position(frame.position() + count);
        ahead.position(ahead.position() + count);
    }

    private ByteBuffer grow(ByteBuffer full, int size) throws InterruptedException {
        int capacity = (int) Math.min(size, (long) full.capacity() * GROWTH);
        lease.growTo(capacity);
        return ByteBuffer.allocate(capacity).put(full.flip());
    }

    /** Reads into the frame; if this may be its end, what lies behind goes to {@link #ahead}, which is empty here. */
    private void receive(ByteBuffer frame, boolean toItsEnd) throws IOException {
        int limit = frame.limit();
        long count;
        if (frame.remaining() > MAX_READ_BYTES) {
            frame.limit(frame.position() + MAX_READ_BYTES);
            count = read(frame, true);
            frame.limit(limit);
        } else if (toItsEnd) {
            ahead.clear();
            count = read(new ByteBuffer[] {frame, ahead});
            ahead.flip();
        } else {
            count = read(frame, true);
        }
        if (count < 0) {
            throw new EOFException("closed in the middle of a frame");
        }
    }

    private int read(ByteBuffer target, boolean inFrame) throws IOException {
        clock.startReading(inFrame);
        try {
            return channel.read(target);
        } finally {
            clock.stopReading();
        }
    }

    private long read(ByteBuffer[] targets) throws IOException {
        clock.startReading(true);
        try {
            return channel.read(targets);
        } finally {
            clock.stopReading();
        }
    }
}
