package dev.klamm.broker.api;

import org.apache.kafka.common.protocol.ApiMessage;

/** What a handler gives back. Answers of one connection leave in the order of its requests. */
public sealed interface Answer {

    /** Ready to be sent. */
    record Now(ApiMessage response) implements Answer {}

    /** Sent once {@link Pending#await} returns; it runs on the connection's answering thread. */
    record Later(Pending pending) implements Answer {}

    /** The protocol knows no answer to this request (Produce with acks=0). */
    record None() implements Answer {}

    /** The connection is closed, as Kafka closes it in this case; {@code reason} is logged. */
    record Close(String reason) implements Answer {}

    interface Pending {
        /** Waits for what the answer depends on, such as the disk, and builds it. */
        ApiMessage await() throws InterruptedException;
    }
}
