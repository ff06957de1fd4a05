package dev.klamm.broker.net;

import dev.klamm.log.ReadResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends frames: what is in memory with as few system calls as possible, what is in a file straight from there. Used by one
 * thread at a time, see {@link AnswerQueue}.
 */
final class FrameWriter {
    /** Bounds the JDK's own direct buffers, which it takes for each write from the heap and keeps. */
    private static final int MAX_WRITE_BYTES = 128 * 1024;

    /** A stalled client is found by the time of one call: see {@link PeerClock}. */
    private static final int MAX_TRANSFER_BYTES = 1 << 20;

    /** Waiting for room in the socket is done by writing this much. */
    private static final int COPY_BYTES = 16 * 1024;

    private final SocketChannel channel;
    private final PeerClock clock;

    /** Parts in memory that come next to one another, not written yet. */
    private final List<ByteBuffer> run = new ArrayList<>();

    private int runBytes;

    FrameWriter(SocketChannel channel, PeerClock clock) {
        this.channel = channel;
        this.clock = clock;
    }

    /** Sends the frames, in order; returns when the system has taken all of it. */
    void write(List<ResponseFrame> frames) throws IOException {
        for (ResponseFrame frame : frames) {
            for (ResponseFrame.Part part : frame.parts()) {
                switch (part) {
                    case ResponseFrame.Part.InMemory(ByteBuffer bytes) -> add(bytes);
                    case ResponseFrame.Part.InFile(ReadResult.InFile region) -> {
                        flush();
                        transfer(region);
                    }
                }
            }
        }
        flush();
    }

    private void add(ByteBuffer bytes) throws IOException {
        while (bytes.remaining() > MAX_WRITE_BYTES) {
            ByteBuffer piece = bytes.slice(bytes.position(), MAX_WRITE_BYTES);
            bytes.position(bytes.position() + MAX_WRITE_BYTES);
            addPiece(piece);
        }
        addPiece(bytes);
    }

    private void addPiece(ByteBuffer piece) throws IOException {
        if (runBytes + piece.remaining() > MAX_WRITE_BYTES) {
            flush();
        }
        run.add(piece);
        runBytes += piece.remaining();
    }

    private void flush() throws IOException {
        if (run.isEmpty()) {
            return;
        }
        ByteBuffer[] buffers = run.toArray(ByteBuffer[]::new);
        int left = runBytes;
        run.clear();
        runBytes = 0;
        while (left > 0) {
            left -= (int) write(buffers);
        }
    }

    private long write(ByteBuffer[] buffers) throws IOException {
        clock.startWriting();
        try {
            return buffers.length == 1 ? channel.write(buffers[0]) : channel.write(buffers);
        } finally {
            clock.stopWriting();
        }
    }

    private void transfer(ReadResult.InFile region) throws IOException {
        long position = region.position();
        long end = position + region.sizeBytes();
        while (position < end) {
            long count = Math.min(MAX_TRANSFER_BYTES, end - position);
            long sent = transfer(region, position, count);
            position += sent > 0 ? sent : copy(region, position, Math.min(COPY_BYTES, (int) count));
        }
    }

    private long transfer(ReadResult.InFile region, long position, long count) throws IOException {
        clock.startWriting();
        try {
            return region.file().transferTo(position, count, channel);
        } finally {
            clock.stopWriting();
        }
    }

    /**
     * On a virtual thread the JDK's transferTo does not wait for room in the socket but returns 0, as it does at the end of
     * the file. A write waits.
     */
    private int copy(ReadResult.InFile region, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        if (region.file().read(bytes, position) < count) {
            throw new IOException("the segment ends at " + (position + bytes.position()) + ", within a fetched region");
        }
        ByteBuffer[] buffers = {bytes.flip()};
        while (bytes.hasRemaining()) {
            write(buffers);
        }
        return count;
    }
}
