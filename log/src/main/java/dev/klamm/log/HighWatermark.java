package dev.klamm.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;

/**
 * The offset up to which a log is safe (exclusive), by the journal's word, and the threads that wait for it to move. It
 * never falls. Raised by the journal's thread alone; any thread reads it.
 */
final class HighWatermark implements Journal.Owner {
    private final LogId id;
    private final BooleanSupplier isDurable;
    private final List<Waiter> waiters = new CopyOnWriteArrayList<>();
    private volatile long offset;

    /** @param isDurable whether records count as safe when they are synced, and not already when they are written */
    HighWatermark(LogId id, BooleanSupplier isDurable) {
        this.id = id;
        this.isDurable = isDurable;
    }

    /** Where it begins, when the log is opened. */
    void startAt(long endOffset) {
        offset = endOffset;
    }

    long offset() {
        return offset;
    }

    /** Calls {@link Waiter#wake} each time it moves, until removed. */
    void add(Waiter waiter) {
        waiters.add(waiter);
    }

    void remove(Waiter waiter) {
        waiters.remove(waiter);
    }

    void wakeAll() {
        waiters.forEach(Waiter::wake);
    }

    private void raise(long endOffset) {
        if (endOffset > offset) {
            offset = endOffset;
            wakeAll();
        }
    }

    @Override
    public Uuid topicId() {
        return id.topicId();
    }

    @Override
    public int partition() {
        return id.partition();
    }

    @Override
    public boolean written(long endOffset) {
        if (isDurable.getAsBoolean()) {
            return true;
        }
        raise(endOffset);
        return false;
    }

    @Override
    public void synced(long endOffset) {
        raise(endOffset);
    }
}
