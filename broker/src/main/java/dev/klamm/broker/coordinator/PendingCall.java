package dev.klamm.broker.coordinator;

import java.util.concurrent.ArrayBlockingQueue;

/** The thread of a request, waiting: for a moment as a rule, for the other members in JoinGroup and SyncGroup. */
final class PendingCall<R> implements Call<R> {
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
