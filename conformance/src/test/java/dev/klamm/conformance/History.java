package dev.klamm.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** The events of a run, in their order, written down by all of its threads. */
final class History {
    /** Guards the events; who holds it first was first. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<Event> events = new ArrayList<>();
    private final AtomicInteger acked = new AtomicInteger();
    private final AtomicInteger questions = new AtomicInteger();

    void add(Event event) {
        if (event instanceof Event.Acked) {
            acked.incrementAndGet();
        }
        lock.lock();
        try {
            events.add(event);
        } finally {
            lock.unlock();
        }
    }

    /** A number that joins a question and its answer. */
    int newQuestion() {
        return questions.getAndIncrement();
    }

    /** How many acknowledgements there have been. */
    int acked() {
        return acked.get();
    }

    List<Event> events() {
        lock.lock();
        try {
            return List.copyOf(events);
        } finally {
            lock.unlock();
        }
    }
}
