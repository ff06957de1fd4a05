package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through all logs every {@code log.retention.check.interval.ms} for segments that have had their time. One
 * thread, {@code klamm-retention}.
 *
 * <p>The order of steps is what a crash between any two of them is survived by: a segment is begun behind those that go, if
 * all go, and its name is on disk; the log start offset is raised in the journal, and on disk; only then names of
 * files are taken away, in whatever order the disk likes. The log start is never below a record that is gone, and the log
 * end is never forgotten.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final Logs logs;
    private final Thread thread;

    private final Pauses pauses = new Pauses();

    Retention(Logs logs) {
        this.logs = logs;
        this.thread = logs.machine().thread("klamm-retention", this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            long delayMs = logs.upkeep().initialDelayMs();
            while (pauses.pause(delayMs)) {
                run(logs.nowMs());
                delayMs = logs.upkeep().retentionCheckIntervalMs();
            }
        } catch (JournalFailedException | InterruptedException ended) {
            // Without the journal nothing may be deleted any more: the broker is about to stop, and says why.
            LOG.debug("Retention ends: {}", ended.getMessage());
        }
    }

    /** Looks through all logs once; when it returns, log starts are on disk, and files have the names of deleted ones. */
    void run(long nowMs) throws JournalFailedException, InterruptedException {
        List<PartitionLog> raised = new ArrayList<>();
        for (PartitionLog log : logs.all()) {
            try {
                if (log.expire(nowMs)) {
                    raised.add(log);
                }
            } catch (IOException | RuntimeException e) {
                // Whatever it is with one log, the others' time comes all the same.
                LOG.warn("Nothing of {} is deleted this time: {}", log.id(), e.toString());
            }
        }
        if (raised.isEmpty()) {
            return;
        }
        try {
            deleteFiles(raised, logs.journal().sync());
        } catch (Storage.NoSpaceException full) {
            LOG.warn("Files stay until the next time: {}", full.getMessage());
        }
    }

    private static void deleteFiles(List<PartitionLog> raised, long syncedLsn) {
        for (PartitionLog log : raised) {
            try {
                log.deleteBelowStart(syncedLsn);
            } catch (IOException | RuntimeException e) {
                LOG.warn("Files of {} below its start stay for now: {}", log.id(), e.toString());
            }
        }
    }

    /** Ends the thread; without effect if it was never started. */
    void stop() throws IOException {
        pauses.stop();
        Machine.awaitEnd(thread);
    }
}
