package dev.klamm.broker.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * The handler of one API key.
 *
 * @param <Q> the request's generated message class
 */
public interface Api<Q extends ApiMessage> {

    ApiKeys key();

    /**
     * Runs on the connection's reading thread and may block it (a long poll is a thread that waits): the connection's next
     * request is read when this returns. An answer whose wait is to overlap with the next requests is {@link Answer.Later}.
     */
    Answer handle(Q request, RequestContext context) throws InterruptedException;
}
