package dev.klamm.conformance;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestUtils;

/** A connection on which requests are written that no client would send: any message in any version. */
final class Wire implements AutoCloseable {
    private final Socket socket;
    private int correlationId;

    Wire(String bootstrapServers) {
        int colon = bootstrapServers.lastIndexOf(':');
        try {
            socket = new Socket(
                    bootstrapServers.substring(0, colon), Integer.parseInt(bootstrapServers.substring(colon + 1)));
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) Program.PATIENCE.toMillis());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param response an empty one of the right kind, which is filled and given back */
    <R extends ApiMessage> R ask(ApiMessage request, int version, R response) {
        send(request, version);
        return receive(request.apiKey(), version, response);
    }

    /** Without waiting for the answer: {@link #receive} gives back the answers in the order of the requests. */
    void send(ApiMessage request, int version) {
        ApiKeys key = ApiKeys.forId(request.apiKey());
        var header = new RequestHeaderData()
                .setRequestApiKey(request.apiKey())
                .setRequestApiVersion((short) version)
                .setClientId("wire")
                .setCorrelationId(correlationId++);
        ByteBuffer bytes =
                RequestUtils.serialize(header, key.requestHeaderVersion((short) version), request, (short) version);
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + bytes.remaining());
        frame.putInt(bytes.remaining()).put(bytes);
        try {
            socket.getOutputStream().write(frame.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    <R extends ApiMessage> R receive(short apiKey, int version, R response) {
        try {
            var input = new DataInputStream(socket.getInputStream());
            byte[] frame = new byte[input.readInt()];
            input.readFully(frame);
            var bytes = new ByteBufferAccessor(ByteBuffer.wrap(frame));
            var header = new ResponseHeaderData();
            header.read(bytes, ApiKeys.forId(apiKey).responseHeaderVersion((short) version));
            response.read(bytes, (short) version);
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
