package dev.klamm.broker.net;

import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.api.RequestContext;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;

/** A request as it came in: {@code body} is of the class that belongs to {@code context.apiKey()}. */
record Request(RequestContext context, ApiMessage body) {

    /** What a connection knows about each of its requests. */
    record Origin(InetSocketAddress peer, InetSocketAddress advertised, String listenerName) {}

    /**
     * Reads a frame without its size. Records stay slices of it.
     *
     * @throws BadRequestException if the API key or version is not served, or the frame is not what its header says. A
     *     version of ApiVersions that is not served is no error: its body is not read, the handler answers it.
     */
    static Request parse(ByteBuffer frame, ApiTable apis, Origin origin) throws BadRequestException {
        short keyId = frame.getShort(frame.position());
        short version = frame.getShort(frame.position() + Short.BYTES);
        ApiKeys key = servedKey(keyId, version, apis);
        try {
            var header = new RequestHeaderData(new ByteBufferAccessor(frame), key.requestHeaderVersion(version));
            return new Request(context(key, header, origin), body(frame, key, version, apis));
        } catch (RuntimeException malformed) { // the generated classes throw several kinds, and declare none
            throw new BadRequestException(
                    "what it sent as " + key + " version " + version + " is malformed: " + malformed.getMessage());
        }
    }

    private static ApiKeys servedKey(short keyId, short version, ApiTable apis) throws BadRequestException {
        if (!ApiKeys.hasId(keyId)) {
            throw new BadRequestException("unknown API key " + keyId);
        }
        ApiKeys key = ApiKeys.forId(keyId);
        if (key != ApiKeys.API_VERSIONS && !apis.serves(key, version)) {
            throw new BadRequestException(key + " version " + version + " is not served");
        }
        return key;
    }

    private static RequestContext context(ApiKeys key, RequestHeaderData header, Origin origin) {
        return new RequestContext(
                key,
                header.requestApiVersion(),
                header.correlationId(),
                header.clientId() == null ? "" : header.clientId(),
                origin.peer(),
                origin.advertised(),
                origin.listenerName());
    }

    private static ApiMessage body(ByteBuffer frame, ApiKeys key, short version, ApiTable apis) {
        if (!apis.serves(key, version)) {
            return new ApiVersionsRequestData();
        }
        ApiMessage body = key.messageType.newRequest();
        body.read(new RequestReadable(frame), version);
        return body;
    }
}
