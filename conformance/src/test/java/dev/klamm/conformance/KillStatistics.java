package dev.klamm.conformance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** What a run of the crash harness was made of, for a line of text. */
final class KillStatistics {
    private final long startedNanos = System.nanoTime();
    private final List<Long> startsMs = new ArrayList<>();
    private int kills;
    private int killsAtStart;
    private int killsStopping;
    private int stops;
    private long sent;
    private long acked;
    private long failed;
    private long read;
    private long audited;
    private long commits;
    private long ended;
    private long committed;
    private long aborted;
    private long readCommitted;
    private long topics;
    private long deletions;

    void ended(Life life, boolean wasKilled) {
        if (!wasKilled) {
            stops++;
            return;
        }
        kills++;
        killsAtStart += life instanceof Life.KilledAtStart ? 1 : 0;
        killsStopping += life instanceof Life.KilledStopping ? 1 : 0;
    }

    void ready(long afterMs) {
        startsMs.add(afterMs);
    }

    void take(List<Event> events) {
        for (Event event : events) {
            switch (event) {
                case Event.Sent _ -> sent++;
                case Event.Acked _ -> acked++;
                case Event.Failed _ -> failed++;
                case Event.Read it -> read += it.records().size();
                case Event.Audited it -> audited += it.records().size();
                case Event.CommitAcked _ -> commits++;
                case Event.EndSent it -> ended += it.isCommit() ? 1 : 0;
                case Event.EndAcked it -> {
                    committed += it.isCommit() ? 1 : 0;
                    aborted += it.isCommit() ? 0 : 1;
                }
                case Event.ReadCommitted it -> readCommitted += it.records().size();
                case Event.TopicAcked _ -> topics++;
                case Event.DeletionAcked _ -> deletions++;
                default -> {}
            }
        }
    }

    int kills() {
        return kills;
    }

    long acked() {
        return acked;
    }

    long read() {
        return read;
    }

    long commits() {
        return commits;
    }

    long committed() {
        return committed;
    }

    long readCommitted() {
        return readCommitted;
    }

    /** Median, of all so far; a guess before the first. */
    long startMs() {
        return startsMs.isEmpty() ? 1_000 : sortedStarts().get(startsMs.size() / 2);
    }

    @Override
    public String toString() {
        List<Long> starts = sortedStarts();
        return String.format(
                Locale.ROOT,
                "%d kills (%d at the start, %d during a stop) and %d clean stops in %d s; %,d records sent, %,d"
                    + " acknowledged, %,d failed; %,d read, %,d read by audits; %,d commits; %,d transactions"
                    + " committed, %,d perhaps, %,d aborted, %,d records read as committed; %,d topics made or grown,"
                    + " %,d deleted; ready after %d ms (median of %d), %d at most",
                kills,
                killsAtStart,
                killsStopping,
                stops,
                (System.nanoTime() - startedNanos) / 1_000_000_000,
                sent,
                acked,
                failed,
                read,
                audited,
                commits,
                committed,
                ended - committed,
                aborted,
                readCommitted,
                topics,
                deletions,
                startMs(),
                starts.size(),
                starts.isEmpty() ? 0 : starts.getLast());
    }

    private List<Long> sortedStarts() {
        List<Long> sorted = new ArrayList<>(startsMs);
        Collections.sort(sorted);
        return sorted;
    }
}
