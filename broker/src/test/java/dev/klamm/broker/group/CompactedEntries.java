package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.LogEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What compaction leaves of a coordinator's log: the last record of each key, by offset, and all from the first record of an
 * open transaction on; records of aborted transactions are gone. Tombstones and markers are kept, as they are for a time.
 */
final class CompactedEntries {
    private CompactedEntries() {}

    /** @param log whose entries stand at their offsets */
    static List<LogEntry> of(List<LogEntry> log) {
        Set<Integer> aborted = new HashSet<>();
        int bound = firstUnstable(log, aborted);
        Map<ByteBuffer, Integer> last = new HashMap<>();
        for (int i = 0; i < bound; i++) {
            if (log.get(i) instanceof LogEntry.Written written && !aborted.contains(i)) {
                last.put(written.key(), i);
            }
        }
        List<LogEntry> kept = new ArrayList<>();
        for (int i = 0; i < log.size(); i++) {
            boolean isLast = log.get(i) instanceof LogEntry.Written written
                    && Integer.valueOf(i).equals(last.get(written.key()));
            if (i >= bound || isLast || log.get(i) instanceof LogEntry.Marker) {
                kept.add(log.get(i));
            }
        }
        return kept;
    }

    /** Where the first open transaction begins; collects the records of aborted ones. */
    private static int firstUnstable(List<LogEntry> log, Set<Integer> aborted) {
        Map<Long, Set<Integer>> open = new HashMap<>();
        for (int i = 0; i < log.size(); i++) {
            switch (log.get(i)) {
                case LogEntry.Written written
                when written.transaction() != null ->
                    open.computeIfAbsent(written.transaction().producerId(), id -> new HashSet<>())
                            .add(i);
                case LogEntry.Written plain -> {}
                case LogEntry.Marker marker -> {
                    Set<Integer> ended = open.remove(marker.producer().producerId());
                    if (ended != null && !marker.isCommit()) {
                        aborted.addAll(ended);
                    }
                }
            }
        }
        return open.values().stream().flatMap(Set::stream).min(Integer::compare).orElse(log.size());
    }
}
