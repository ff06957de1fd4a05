package dev.klamm.broker.coordinator;

import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell around the state machine of one partition of a coordinator's topic: it appends what the machine plans to the
 * log, waits for the disk, and lets time pass.
 *
 * <p>Requests run on the threads of their connections, one at a time under the lock; what they wait for, be it the disk or
 * other members, they wait for without it, so that commits share their syncs. An answer leaves when everything that it may
 * rest on is on disk: nobody learns of an assignment or an offset that a power cut could take back. One virtual thread of
 * the partition, begun when it is loaded, does what is due.
 *
 * @param <M> the state machine
 * @param <S> its steps
 */
public final class CoordinatorPartition<M extends StateMachine<S>, S extends CoordinatorStep> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorPartition.class);
    private static final long NOTHING_APPENDED = -1;

    private final PartitionLog partitionLog;
    private final CoordinatorLog log;
    private final Logs logs;
    private final Supplier<M> empty;
    private final List<PlanForId<M, S>> afterLoading;

    // Guards everything below, and makes the order of steps that of their records.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition deadlineMoved = lock.newCondition();
    private @Nullable M machine; // null until loaded
    private @Nullable Thread deadlines; // runs from the loading on
    private long nextDeadlineMs = StateMachine.NEVER; // what that thread sleeps for, monotonic
    private long nextCleanUpMs;
    private volatile long lastLsn = NOTHING_APPENDED; // written under the lock; all that was answered rests on it

    /**
     * Reads nothing yet.
     *
     * @param empty makes a machine, into which the log is replayed
     * @param afterLoading taken for every id when the log has been read, before anybody is served
     */
    public CoordinatorPartition(
            PartitionLog partitionLog, Logs logs, Supplier<M> empty, List<PlanForId<M, S>> afterLoading) {
        this.partitionLog = partitionLog;
        this.log = new CoordinatorLog(partitionLog);
        this.logs = logs;
        this.empty = empty;
        this.afterLoading = afterLoading;
    }

    public PartitionLog log() {
        return partitionLog;
    }

    /** What a request makes of the state. */
    public interface Plan<M, S, R> {
        S step(M machine, Call<R> call, Moment now);
    }

    /** What something that concerns all makes of the state of each. */
    public interface PlanForId<M, S> {
        S step(M machine, String id, Moment now);
    }

    /** Takes the step that a request plans, waits for its answer and for the disk, and returns the answer. */
    public <R> R call(Plan<M, S, R> plan, Function<Errors, R> onError) throws InterruptedException {
        R response = callUnsynced(plan, onError);
        return awaitSynced() ? response : onError.apply(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** The same without waiting for the disk: nobody may hear of the answer before {@link #awaitSynced}. */
    public <R> R callUnsynced(Plan<M, S, R> plan, Function<Errors, R> onError) throws InterruptedException {
        var call = new PendingCall<R>();
        Errors error = take(plan, call);
        return error == Errors.NONE ? call.await() : onError.apply(error);
    }

    private <R> Errors take(Plan<M, S, R> plan, PendingCall<R> call) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            M loaded = loaded();
            Moment now = Moment.now();
            return take(plan.step(loaded, call, now), loaded, now);
        } catch (CoordinatorLog.UnreadableException damaged) {
            return unreadable(damaged);
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the state; what it sees is on disk when this returns. */
    public <R> R read(Function<M, R> look, Function<Errors, R> onError) throws InterruptedException {
        R seen = readUnsynced(look, onError);
        return awaitSynced() ? seen : onError.apply(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** The same without waiting for the disk, for what is to be appended behind what it sees. */
    public <R> R readUnsynced(Function<M, R> look, Function<Errors, R> onError) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            return look.apply(loaded());
        } catch (CoordinatorLog.UnreadableException damaged) {
            return onError.apply(unreadable(damaged));
        } finally {
            lock.unlock();
        }
    }

    /** Reads the log, if that is not done; else somebody's first request does. */
    public void load() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            loaded();
        } catch (CoordinatorLog.UnreadableException damaged) {
            unreadable(damaged);
        } finally {
            lock.unlock();
        }
    }

    private Errors unreadable(CoordinatorLog.UnreadableException damaged) {
        LOG.error("{} can't be served: {}", partitionLog.id(), damaged.getMessage());
        return Errors.COORDINATOR_NOT_AVAILABLE;
    }

    /** Waits until all that was answered by now is on disk; false if it never will be. */
    public boolean awaitSynced() throws InterruptedException {
        long lsn = lastLsn;
        if (lsn == NOTHING_APPENDED) {
            return true;
        }
        try {
            logs.awaitSynced(lsn);
            return true;
        } catch (Logs.JournalFailedException failed) {
            LOG.error("A change in {} is not acknowledged: {}", partitionLog.id(), failed.getMessage());
            return false;
        }
    }

    /**
     * Appends what is no step of the machine, such as a transaction's marker, and has the machine take it in. A machine that
     * is not loaded needn't: it will read of it. Does not wait for the disk.
     */
    public AppendResult append(Function<PartitionLog, AppendResult> appending, Consumer<M> takingIn) {
        lock.lock();
        try {
            AppendResult result = appending.apply(partitionLog);
            if (result instanceof AppendResult.Appended appended) {
                lastLsn = appended.lsn();
                M loaded = machine;
                if (loaded != null) {
                    takingIn.accept(loaded);
                }
            }
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Returns why the step was not taken, or NONE. */
    private Errors take(S step, M loaded, Moment now) {
        long baseOffset = -1;
        if (!step.records().isEmpty()) {
            switch (log.append(step.records(), now.wallMs(), step.transaction(), step.verification())) {
                case AppendResult.Appended appended -> {
                    lastLsn = appended.lsn();
                    baseOffset = appended.baseOffset();
                }
                case AppendResult.Duplicate duplicate ->
                    throw new IllegalStateException("a coordinator's batch has no sequence: " + duplicate);
                case AppendResult.Rejected rejected -> {
                    return notTaken(step, rejected, loaded, now);
                }
            }
        }
        loaded.apply(step, baseOffset);
        step.replies().forEach(Reply::deliver);
        if (step.earliestDeadlineMs() < nextDeadlineMs) {
            deadlineMoved.signal();
        }
        return Errors.NONE;
    }

    private Errors notTaken(S step, AppendResult.Rejected rejected, M loaded, Moment now) {
        Errors error = error(rejected.reason());
        LOG.warn("{} did not take a change of {}: {}", partitionLog.id(), step.subject(), rejected.message());
        Optional<S> instead = loaded.notWritten(step, error, now);
        instead.ifPresent(other -> take(other, loaded, now));
        return error;
    }

    /** As Kafka translates them, so that clients do the right thing: look for the coordinator again, or give up. */
    private static Errors error(AppendResult.Reason reason) {
        return switch (reason) {
            case KAFKA_STORAGE_ERROR -> Errors.NOT_COORDINATOR;
            case UNKNOWN_TOPIC_OR_PARTITION -> Errors.COORDINATOR_NOT_AVAILABLE;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> Errors.UNKNOWN_SERVER_ERROR;
            default -> Errors.valueOf(reason.name());
        };
    }

    private M loaded() throws CoordinatorLog.UnreadableException {
        M loaded = machine;
        if (loaded == null) {
            loaded = empty.get();
            log.readAll(loaded::replay);
            Moment now = Moment.now();
            for (PlanForId<M, S> plan : afterLoading) {
                takeForAll(plan, loaded, now);
            }
            nextCleanUpMs = now.monotonicMs() + loaded.cleanUpIntervalMs();
            machine = loaded;
            deadlines =
                    Thread.ofVirtual().name("deadlines-" + partitionLog.id()).start(this::watchDeadlines);
        }
        return loaded;
    }

    /** Takes a step for every id. A partition that is not loaded does nothing: it sees to it when it is. */
    public void forEachId(PlanForId<M, S> plan) {
        lock.lock();
        try {
            M loaded = machine;
            if (loaded != null) {
                takeForAll(plan, loaded, Moment.now());
            }
        } finally {
            lock.unlock();
        }
    }

    private void takeForAll(PlanForId<M, S> plan, M loaded, Moment now) {
        for (String id : loaded.ids()) {
            take(plan.step(loaded, id, now), loaded, now);
        }
    }

    private void watchDeadlines() {
        lock.lock();
        try {
            while (machine != null) {
                Moment now = Moment.now();
                doWhatIsDue(machine, now);
                nextDeadlineMs = Math.min(machine.deadlineMs(), nextCleanUpMs);
                deadlineMoved.awaitNanos(TimeUnit.MILLISECONDS.toNanos(nextDeadlineMs - now.monotonicMs()));
            }
        } catch (InterruptedException stopped) {
            LOG.debug("{}: no deadlines any more, the broker stops", partitionLog.id());
        } finally {
            lock.unlock();
        }
    }

    private void doWhatIsDue(M loaded, Moment now) {
        for (String id : loaded.ids()) {
            Optional<S> due = loaded.due(id, now);
            while (due.isPresent()) {
                String remark = due.get().remark();
                if (remark != null) {
                    LOG.info(remark);
                }
                if (take(due.get(), loaded, now) != Errors.NONE) {
                    break;
                }
                due = loaded.due(id, now);
            }
        }
        if (nextCleanUpMs <= now.monotonicMs()) {
            takeForAll(StateMachine::cleanUp, loaded, now);
            nextCleanUpMs = now.monotonicMs() + loaded.cleanUpIntervalMs();
        }
    }

    /** Lets no time pass any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (deadlines != null) {
                deadlines.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
