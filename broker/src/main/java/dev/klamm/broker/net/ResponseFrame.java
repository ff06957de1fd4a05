package dev.klamm.broker.net;

import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.api.FetchedRecords;
import dev.klamm.broker.api.RequestContext;
import dev.klamm.log.ReadResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * An answer, ready to be sent: its size, header and body in one buffer, and between pieces of that buffer the records, by
 * reference to where they are.
 *
 * <pre>
 * offset  size  meaning
 * 0       4     size of what follows
 * 4       4     correlation id of the request
 * 8       0, 1+ tagged fields, from response header version 1 on
 * ...           body
 * </pre>
 */
final class ResponseFrame implements Writable {

    /** A piece of a frame; whoever sends it uses it up. */
    sealed interface Part {
        int sizeBytes();

        record InMemory(ByteBuffer bytes) implements Part {
            @Override
            public int sizeBytes() {
                return bytes.remaining();
            }
        }

        record InFile(ReadResult.InFile region) implements Part {
            @Override
            public int sizeBytes() {
                return region.sizeBytes();
            }
        }
    }

    private final ByteBuffer own;
    private final List<Part> parts = new ArrayList<>(1);
    private final int sizeBytes;

    /** What lies before it in {@link #own} is in {@link #parts}. */
    private int taken;

    /** The answer to the request of this context. */
    ResponseFrame(RequestContext context, ApiMessage body) {
        ApiKeys key = context.apiKey();
        short version = responseVersion(context);
        short headerVersion = key.responseHeaderVersion(version);
        var header = new ResponseHeaderData().setCorrelationId(context.correlationId());
        var cache = new ObjectSerializationCache();
        var size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        body.addSize(size, cache, version);
        sizeBytes = Integer.BYTES + size.totalSize();
        own = ByteBuffer.allocate(Integer.BYTES + size.sizeExcludingZeroCopy());
        own.putInt(size.totalSize());
        header.write(this, cache, headerVersion);
        body.write(this, cache, version);
        takeOwn();
    }

    /** KIP-511: a client that asks for ApiVersions in a version we don't know understands version 0. */
    private static short responseVersion(RequestContext context) {
        boolean known = context.apiVersion() >= context.apiKey().oldestVersion()
                && context.apiVersion() <= ApiTable.latestVersion(context.apiKey());
        return known ? context.apiVersion() : 0;
    }

    /** In the order in which they are to be sent. */
    List<Part> parts() {
        return parts;
    }

    /** Of the whole frame, with its size field. */
    int sizeBytes() {
        return sizeBytes;
    }

    /** What stays in memory for this frame's sake until it is sent. */
    int heldBytes() {
        int held = 0;
        for (Part part : parts) {
            held += part instanceof Part.InMemory ? part.sizeBytes() : 0;
        }
        return held;
    }

    @Override
    public void writeRecords(BaseRecords records) {
        if (records instanceof FetchedRecords fetched) {
            takeOwn();
            switch (fetched.records()) {
                case ReadResult.InMemory(List<ByteBuffer> buffers, int _, long _) ->
                    buffers.forEach(this::addReference);
                case ReadResult.InFile region -> parts.add(new Part.InFile(region));
            }
        } else {
            Writable.super.writeRecords(records);
        }
    }

    /** Only fields that {@link MessageSizeAccumulator} counts as zero-copy come here; they have no room in {@link #own}. */
    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        takeOwn();
        addReference(bytes);
    }

    private void takeOwn() {
        if (own.position() > taken) {
            parts.add(new Part.InMemory(own.slice(taken, own.position() - taken)));
            taken = own.position();
        }
    }

    private void addReference(ByteBuffer bytes) {
        if (bytes.hasRemaining()) {
            parts.add(new Part.InMemory(bytes.duplicate()));
        }
    }

    @Override
    public void writeByte(byte value) {
        own.put(value);
    }

    @Override
    public void writeShort(short value) {
        own.putShort(value);
    }

    @Override
    public void writeInt(int value) {
        own.putInt(value);
    }

    @Override
    public void writeLong(long value) {
        own.putLong(value);
    }

    @Override
    public void writeDouble(double value) {
        own.putDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        own.put(bytes);
    }

    @Override
    public void writeUnsignedVarint(int value) {
        ByteUtils.writeUnsignedVarint(value, own);
    }

    @Override
    public void writeVarint(int value) {
        ByteUtils.writeVarint(value, own);
    }

    @Override
    public void writeVarlong(long value) {
        ByteUtils.writeVarlong(value, own);
    }
}
