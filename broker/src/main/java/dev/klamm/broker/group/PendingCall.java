package dev.klamm.broker.group;

import java.util.concurrent.ArrayBlockingQueue;
import org.apache.kafka.common.protocol.Message;

/** The thread of a request, waiting: for a moment as a rule, for the other members in JoinGroup and SyncGroup. */
final class PendingCall<R extends Message> implements Call<R> {
    private final ArrayBlockingQueue<R> answers = new ArrayBlockingQueue<>(1);

    @Override
    public void answer(R response) {
        if (!answers.offer(response)) {
            throw new IllegalStateException("a request is answered once");
        }
    }

    R await() throws InterruptedException {
        return answers.take();
    }
}
