package dev.klamm.broker.net;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Readable;

/**
 * Bounds what a request becomes when it is parsed. The generated classes check each length against the bytes that remain,
 * but an element of two bytes can become an object of a hundred: a frame of 100 MB could fill any heap. So a request has
 * a budget of values.
 */
final class RequestReadable implements Readable {
    /** A Metadata request for a million topics keeps within it. */
    private static final int MAX_VALUES = 4 << 20;

    private final ByteBufferAccessor bytes;
    private int valuesLeft = MAX_VALUES;

    RequestReadable(ByteBuffer buffer) {
        this.bytes = new ByteBufferAccessor(buffer);
    }

    private ByteBufferAccessor spend() {
        if (--valuesLeft < 0) {
            throw new IllegalArgumentException("more than " + MAX_VALUES + " values in one request");
        }
        return bytes;
    }

    @Override
    public byte readByte() {
        return spend().readByte();
    }

    @Override
    public short readShort() {
        return spend().readShort();
    }

    @Override
    public int readInt() {
        return spend().readInt();
    }

    @Override
    public long readLong() {
        return spend().readLong();
    }

    @Override
    public double readDouble() {
        return spend().readDouble();
    }

    @Override
    public byte[] readArray(int length) {
        return spend().readArray(length);
    }

    @Override
    public int readUnsignedVarint() {
        return spend().readUnsignedVarint();
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        return spend().readByteBuffer(length);
    }

    @Override
    public int readVarint() {
        return spend().readVarint();
    }

    @Override
    public long readVarlong() {
        return spend().readVarlong();
    }

    /** What the generated classes hold an array's length against, before they make room for that many references. */
    @Override
    public int remaining() {
        return Math.min(bytes.remaining(), valuesLeft);
    }

    /** Not supported: only responses are read from slices. */
    @Override
    public Readable slice() {
        throw new UnsupportedOperationException();
    }
}
