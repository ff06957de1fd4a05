package dev.klamm.conformance;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A client in a run of the crash harness: a thread that takes step after step until it is stopped, or fails. */
abstract class Actor {
    private final Thread thread;
    private final Alarm alarm;
    private final CountDownLatch stopped = new CountDownLatch(1);

    Actor(String name, Alarm alarm) {
        this.alarm = alarm;
        thread = Thread.ofPlatform().name(name).unstarted(this::run);
    }

    /** One small piece of work; the broker may go away and come back during it. Whatever is thrown fails the run. */
    abstract void step() throws InterruptedException;

    /** Called in the actor's thread after its last step, also if that failed. */
    abstract void end() throws InterruptedException;

    void start() {
        thread.start();
    }

    /** Tells it to stop after the step that it is in. */
    void stop() {
        stopped.countDown();
    }

    void join() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for " + thread.getName(), e);
        }
    }

    /** Lets this much time go by, or less if the actor is to stop. */
    final void pause(long millis) throws InterruptedException {
        stopped.await(millis, TimeUnit.MILLISECONDS);
    }

    private void run() {
        try {
            try {
                while (stopped.getCount() > 0) {
                    step();
                }
            } finally {
                end();
            }
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            alarm.ring(e);
        }
    }
}
