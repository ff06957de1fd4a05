package dev.klamm.broker.group;

import dev.klamm.log.AppendResult;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell around the {@link Groups} of one partition of {@code __consumer_offsets}: it appends what they plan to the log,
 * waits for the disk, and lets time pass.
 *
 * <p>Requests run on the threads of their connections, one at a time under the lock; what they wait for, be it the disk or
 * other members, they wait for without it, so that commits share their syncs. An answer leaves when everything that it may
 * rest on is on disk: nobody learns of an assignment or an offset that a power cut could take back. One virtual thread of
 * the partition, begun when it is loaded, ends sessions and rebalances that are due.
 */
final class OffsetsPartition implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetsPartition.class);
    private static final long NOTHING_APPENDED = -1;

    private final PartitionLog partitionLog;
    private final OffsetsLog log;
    private final Logs logs;
    private final GroupConfig config;
    private final OffsetSteps.TopicTest isGone;

    // Guards everything below, and makes the order of steps that of their records.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition deadlineMoved = lock.newCondition();
    private @Nullable Groups groups; // null until loaded
    private @Nullable Thread deadlines; // runs from the loading on
    private long nextDeadlineMs = Group.NEVER; // what that thread sleeps for, monotonic
    private long nextCleanupMs;
    private volatile long lastLsn = NOTHING_APPENDED; // written under the lock; all that was answered rests on it

    OffsetsPartition(PartitionLog partitionLog, Logs logs, GroupConfig config, OffsetSteps.TopicTest isGone) {
        this.partitionLog = partitionLog;
        this.log = new OffsetsLog(partitionLog);
        this.logs = logs;
        this.config = config;
        this.isGone = isGone;
    }

    /** What a request makes of the groups. */
    interface Plan<R extends Message> {
        Step step(Groups groups, Call<R> call, Moment now);
    }

    /** Takes the step that a request plans, waits for its answer and for the disk, and returns the answer. */
    <R extends Message> R call(Plan<R> plan, Function<Errors, R> onError) throws InterruptedException {
        var call = new PendingCall<R>();
        Errors error = take(plan, call);
        R response = error == Errors.NONE ? call.await() : onError.apply(error);
        return isSynced() ? response : onError.apply(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    private <R extends Message> Errors take(Plan<R> plan, PendingCall<R> call) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Groups loaded = loaded();
            Moment now = Moment.now();
            return take(plan.step(loaded, call, now), loaded, now);
        } catch (OffsetsLog.UnreadableException damaged) {
            LOG.error("Groups can't be served: {}", damaged.getMessage());
            return Errors.COORDINATOR_NOT_AVAILABLE;
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the groups; what it sees is on disk when this returns. */
    <R> R read(Function<Groups, R> look, Function<Errors, R> onError) throws InterruptedException {
        R seen;
        lock.lockInterruptibly();
        try {
            seen = look.apply(loaded());
        } catch (OffsetsLog.UnreadableException damaged) {
            LOG.error("Groups can't be served: {}", damaged.getMessage());
            return onError.apply(Errors.COORDINATOR_NOT_AVAILABLE);
        } finally {
            lock.unlock();
        }
        return isSynced() ? seen : onError.apply(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    private boolean isSynced() throws InterruptedException {
        long lsn = lastLsn;
        if (lsn == NOTHING_APPENDED) {
            return true;
        }
        try {
            logs.awaitSynced(lsn);
            return true;
        } catch (Logs.JournalFailedException failed) {
            LOG.error("A change of a group is not acknowledged: {}", failed.getMessage());
            return false;
        }
    }

    /** Returns why the step was not taken, or NONE. */
    private Errors take(Step step, Groups loaded, Moment now) {
        if (!step.records().isEmpty()) {
            switch (log.append(step.records(), now.wallMs())) {
                case AppendResult.Appended appended -> lastLsn = appended.lsn();
                case AppendResult.Duplicate duplicate -> lastLsn = duplicate.lsn();
                case AppendResult.Rejected rejected -> {
                    return notTaken(step, rejected, loaded, now);
                }
            }
        }
        loaded.apply(step);
        step.replies().forEach(Reply::deliver);
        if (step.earliestDeadlineMs() < nextDeadlineMs) {
            deadlineMoved.signal();
        }
        return Errors.NONE;
    }

    private Errors notTaken(Step step, AppendResult.Rejected rejected, Groups loaded, Moment now) {
        Errors error = error(rejected.reason());
        LOG.warn(
                "{} did not take a change of group {}: {}",
                partitionLog.id(),
                step.group().id(),
                rejected.message());
        Optional<Step> instead = loaded.notWritten(step, error, now);
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

    private Groups loaded() throws OffsetsLog.UnreadableException {
        Groups loaded = groups;
        if (loaded == null) {
            loaded = new Groups(config);
            log.readAll(loaded::replay);
            Moment now = Moment.now();
            for (String groupId : loaded.ids()) {
                take(loaded.loaded(groupId, now), loaded, now);
                take(loaded.forgetTopics(groupId, isGone, now), loaded, now);
            }
            nextCleanupMs = now.monotonicMs() + config.offsetsRetentionCheckIntervalMs();
            groups = loaded;
            deadlines =
                    Thread.ofVirtual().name("deadlines-" + partitionLog.id()).start(this::watchDeadlines);
        }
        return loaded;
    }

    /** Topics were deleted: their offsets go. A partition that is not loaded sees to it when it is. */
    void forgetDeletedTopics() {
        takeForAll((loaded, groupId, now) -> loaded.forgetTopics(groupId, isGone, now));
    }

    /** The offsets topic itself was deleted, and its groups with it: whoever waits for something hears of it. */
    void abandon() {
        takeForAll((loaded, groupId, now) -> loaded.abandon(groupId, now));
        close();
    }

    private interface PlanForGroup {
        Step step(Groups loaded, String groupId, Moment now);
    }

    private void takeForAll(PlanForGroup plan) {
        lock.lock();
        try {
            Groups loaded = groups;
            if (loaded != null) {
                Moment now = Moment.now();
                loaded.ids().forEach(groupId -> take(plan.step(loaded, groupId, now), loaded, now));
            }
        } finally {
            lock.unlock();
        }
    }

    private void watchDeadlines() {
        lock.lock();
        try {
            while (groups != null) {
                Moment now = Moment.now();
                expire(groups, now);
                nextDeadlineMs = Math.min(groups.deadlineMs(), nextCleanupMs);
                deadlineMoved.awaitNanos(TimeUnit.MILLISECONDS.toNanos(nextDeadlineMs - now.monotonicMs()));
            }
        } catch (InterruptedException stopped) {
            LOG.debug("{}: no deadlines any more, the broker stops", partitionLog.id());
        } finally {
            lock.unlock();
        }
    }

    private void expire(Groups loaded, Moment now) {
        for (String groupId : loaded.ids()) {
            Optional<Step> due = loaded.expire(groupId, now);
            while (due.isPresent()) {
                tellWhoIsOut(due.get());
                if (take(due.get(), loaded, now) != Errors.NONE) {
                    break;
                }
                due = loaded.expire(groupId, now);
            }
        }
        if (nextCleanupMs <= now.monotonicMs()) {
            for (String groupId : loaded.ids()) {
                take(loaded.expireOffsets(groupId, now), loaded, now);
            }
            nextCleanupMs = now.monotonicMs() + config.offsetsRetentionCheckIntervalMs();
        }
    }

    private static void tellWhoIsOut(Step due) {
        List<String> out = due.group().state().roster().ids().stream()
                .filter(memberId -> !due.next().roster().has(memberId))
                .toList();
        if (!out.isEmpty()) {
            LOG.info(
                    "Group {} goes on without {}: nothing was heard of them in time",
                    due.group().id(),
                    out);
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
