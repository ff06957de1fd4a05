package dev.klamm.log;

import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;

/**
 * What a data directory is worked on with. A test puts in their place a disk that forgets, threads that take turns as it
 * says, and a clock that it sets.
 */
record Machine(Storage storage, ThreadFactory threads, InstantSource clock) {

    /** The threads and the clock of this machine. */
    static Machine with(Storage storage) {
        return new Machine(storage, Thread.ofPlatform().factory(), InstantSource.system());
    }

    /** A thread that is not started yet. */
    Thread thread(String name, Runnable work) {
        Thread thread = threads.newThread(work);
        thread.setName(name);
        return thread;
    }

    /** Waits for a thread that was told to stop; one that was never started has. */
    static void awaitEnd(Thread thread) throws InterruptedIOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + thread.getName() + " was stopping");
        }
    }
}
