package dev.klamm.broker.group;

import org.apache.kafka.common.protocol.Message;

/** An answer to a request that may have waited for long. */
record Reply<R extends Message>(Call<R> call, R response) {

    void deliver() {
        call.answer(response);
    }
}
