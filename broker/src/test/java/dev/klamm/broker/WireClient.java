package dev.klamm.broker;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Speaks Kafka's protocol over a plain socket, so that a test can also say what no client would say. Waits at most ten
 * seconds for anything.
 */
public final class WireClient implements AutoCloseable {
    private static final int TIMEOUT_MS = 10_000;

    private final Socket socket;
    private final DataInputStream in;

    public WireClient(InetSocketAddress address) throws IOException {
        socket = new Socket();
        socket.connect(address, TIMEOUT_MS);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    /** A whole frame: size, header and body. */
    public static ByteBuffer frame(short version, int correlationId, ApiMessage body) {
        ApiKeys key = ApiKeys.forId(body.apiKey());
        return frame(
                key,
                version,
                correlationId,
                MessageUtil.toByteBufferAccessor(body, version).buffer());
    }

    /** A whole frame around a body that need not be what the header says. */
    public static ByteBuffer frame(ApiKeys key, short version, int correlationId, ByteBuffer body) {
        return frame(key, key.requestHeaderVersion(version), version, correlationId, body);
    }

    private static ByteBuffer frame(
            ApiKeys key, short headerVersion, short version, int correlationId, ByteBuffer body) {
        var header = new RequestHeaderData()
                .setRequestApiKey(key.id)
                .setRequestApiVersion(version)
                .setCorrelationId(correlationId)
                .setClientId("wire");
        ByteBuffer headerBytes =
                MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        int size = headerBytes.remaining() + body.remaining();
        return ByteBuffer.allocate(Integer.BYTES + size)
                .putInt(size)
                .put(headerBytes)
                .put(body.duplicate())
                .flip();
    }

    public void send(short version, int correlationId, ApiMessage body) throws IOException {
        send(frame(version, correlationId, body));
    }

    public void send(ByteBuffer bytes) throws IOException {
        socket.getOutputStream().write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }

    /** The next answer, in a buffer without the size. */
    public ByteBuffer receiveFrame() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** The next answer, which must be to the request with this correlation id. */
    public <R extends ApiMessage> R receive(Class<R> type, short version, int correlationId) throws IOException {
        ByteBuffer frame = receiveFrame();
        R response = newInstance(type);
        short headerVersion = ApiKeys.forId(response.apiKey()).responseHeaderVersion(version);
        var accessor = new ByteBufferAccessor(frame);
        int received = new ResponseHeaderData(accessor, headerVersion).correlationId();
        if (received != correlationId) {
            throw new AssertionError("the answer to " + received + " came instead of that to " + correlationId);
        }
        response.read(accessor, version);
        if (frame.hasRemaining()) {
            throw new AssertionError(frame.remaining() + " bytes too many in an answer");
        }
        return response;
    }

    private static <R> R newInstance(Class<R> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException wrong) {
            throw new LinkageError(wrong.getMessage(), wrong);
        }
    }

    public <R extends ApiMessage> R ask(Class<R> type, short version, int correlationId, ApiMessage request)
            throws IOException {
        send(version, correlationId, request);
        return receive(type, version, correlationId);
    }

    /** Waits for the other side to close; false if it says anything before. */
    public boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Reads and forgets what comes until the other side closes. */
    public void drain() throws IOException {
        try {
            in.skipNBytes(Long.MAX_VALUE);
        } catch (EOFException | SocketException closed) {
            return;
        }
    }

    /** Reads and forgets so many bytes, or fewer if the other side closes before; says how many. */
    public int skip(int count) throws IOException {
        try {
            return in.skipBytes(count);
        } catch (SocketException reset) {
            return 0;
        }
    }

    public int localPort() {
        return socket.getLocalPort();
    }

    /** True if the other side closes before a whole answer has come. */
    public boolean endsInTheMiddleOfAnAnswer() throws IOException {
        try {
            receiveFrame();
            return false;
        } catch (EOFException | SocketException closed) {
            return true;
        }
    }

    /** Says that nothing more will be sent; answers can still come. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
