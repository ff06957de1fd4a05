package dev.klamm.broker.group;

import org.apache.kafka.common.protocol.Message;

/**
 * A request that waits for its answer. The state machine keeps it while it waits and hands it back with the answer
 * ({@link Step#replies}); only the shell calls {@link #answer}.
 *
 * @param <R> the response's generated message class
 */
interface Call<R extends Message> {

    /** Called once, by the thread that holds the partition's lock; never blocks. */
    void answer(R response);
}
