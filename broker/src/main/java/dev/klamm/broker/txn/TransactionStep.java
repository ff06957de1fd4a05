package dev.klamm.broker.txn;

import dev.klamm.broker.coordinator.Call;
import dev.klamm.broker.coordinator.CoordinatorStep;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.StateMachine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of one transactional id, as data. Nothing has happened until {@link Transactions#apply}. */
final class TransactionStep implements CoordinatorStep {
    private final String id;
    private final @Nullable Entry next;
    private final List<TransactionRecord> records = new ArrayList<>();
    private final List<Reply<?>> replies = new ArrayList<>();

    /**
     * What is known of an id, beside what is recorded.
     *
     * @param hasWriter whether somebody writes the markers of its end; nobody else may, lest a late marker ends the next
     *     transaction
     * @param isOverdue whether it is known to have taken too long, or to have been without a writer for too long
     * @param deadlineMs when something has to be done, in monotonic ms
     */
    record Entry(Transaction transaction, boolean hasWriter, boolean isOverdue, long deadlineMs) {}

    /** @param next what is known after it; null if the id is unknown, then or already */
    TransactionStep(String id, @Nullable Entry next) {
        this.id = id;
        this.next = next;
    }

    TransactionStep record(TransactionRecord record) {
        records.add(record);
        return this;
    }

    <R> TransactionStep reply(Call<R> call, R response) {
        replies.add(new Reply<>(call, response));
        return this;
    }

    String id() {
        return id;
    }

    @Nullable
    Entry next() {
        return next;
    }

    @Override
    public List<TransactionRecord> records() {
        return records;
    }

    @Override
    public List<Reply<?>> replies() {
        return replies;
    }

    @Override
    public long earliestDeadlineMs() {
        return next == null ? StateMachine.NEVER : next.deadlineMs();
    }

    @Override
    public String subject() {
        return "transactional id " + id;
    }
}
