package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;

import dev.klamm.conformance.Event.Found;
import dev.klamm.conformance.Event.Guarantee;
import dev.klamm.conformance.Event.Keeps;
import dev.klamm.conformance.Violation.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the history of one log contradicts; fed with its events in their order. */
final class LogChecker {
    private final LogName log;
    private final Keeps keeps;
    private final Consumer<Violation> violations;

    private final Map<Stamp, Sending> sendings = new HashMap<>();

    /** By offset: which record an acknowledgement or a reader said is there; null where nobody has. */
    private final List<@Nullable Stamp> known = new ArrayList<>();

    /** Offsets whose records a reader that begins now must be given; a subset of those that are known. */
    private final BitSet required = new BitSet();

    /** Offsets of {@link #required} that are so because they were read, not just acknowledged. */
    private final BitSet read = new BitSet();

    /** Offsets at which, for all that readers were given, there are no records. */
    private final BitSet markers = new BitSet();

    /** Acknowledged with {@code acks=1}: certain to be visible only when the next process has taken over. */
    private final List<Integer> written = new ArrayList<>();

    /** Acknowledged without an offset: to be found anywhere. */
    private final Set<Stamp> unplaced = new HashSet<>();

    /** What no audit has looked for yet, of what is required. */
    private final BitSet unaudited = new BitSet();

    /** By key, the last offset that is known; a compacted log may have dropped all before it. */
    private final Map<String, Long> latest = new HashMap<>();

    /** By key, a record that a compacted log dropped before one that replaces it was known: that one must turn up yet. */
    private final Map<String, Long> owed = new HashMap<>();

    private final Map<Integer, Begun> audits = new HashMap<>();

    /** By reader: the offset behind the last record that it was given. */
    private final Map<String, Long> positions = new HashMap<>();

    /** leastStart <= the log start that an audit from now on finds <= mostStart, unless retention moves it. */
    private long leastStart;

    private long mostStart;

    private boolean isDeleted;

    /** A record's tries. places <= attempts, and for an idempotent producer places <= 1. */
    private static final class Sending {
        final Guarantee guarantee;
        int attempts;
        int places;

        Sending(Guarantee guarantee) {
            this.guarantee = guarantee;
        }

        boolean isDuplicated() {
            return places > (isIdempotent() ? 1 : attempts);
        }

        boolean isIdempotent() {
            return guarantee == Guarantee.ONCE || guarantee == Guarantee.TRANSACTIONAL;
        }
    }

    /** What was so when an audit began. */
    private record Begun(BitSet required, long leastStart) {}

    LogChecker(LogName log, Keeps keeps, Consumer<Violation> violations) {
        this.log = log;
        this.keeps = keeps;
        this.violations = violations;
    }

    void sent(Stamp stamp, Guarantee guarantee) {
        sendings.computeIfAbsent(stamp, _ -> new Sending(guarantee)).attempts++;
    }

    void acked(Stamp stamp, long offset) {
        Sending sending = requireNonNull(sendings.get(stamp), "an acknowledgement of what was not sent");
        if (offset < 0) {
            unplaced.add(stamp);
            return;
        }
        place(offset, stamp, sending, "its acknowledgement");
        if (sending.guarantee == Guarantee.WRITTEN) {
            written.add((int) offset);
        } else {
            require((int) offset);
        }
    }

    void failed(Stamp stamp, String why) {
        Sending sending = requireNonNull(sendings.get(stamp), "a failure of what was not sent");
        if (sending.guarantee == Guarantee.ONCE && !isDeleted) {
            report(Kind.REFUSED, stamp + ": " + why);
        }
    }

    /** The process is gone: what it had acknowledged as written, the next one has to show from the beginning. */
    void ended() {
        written.forEach(this::require);
        written.clear();
    }

    void deletionSent(String topic, int incarnation) {
        isDeleted |= log.topic().equals(topic) && log.incarnation() == incarnation;
    }

    void deleteRecordsSent(long before) {
        mostStart = Math.max(mostStart, before);
    }

    void deleteRecordsAcked(long before) {
        leastStart = Math.max(leastStart, before);
    }

    void read(String reader, List<Found> records) {
        long position = positions.getOrDefault(reader, 0L);
        for (Found found : records) {
            long expected = Math.max(position, mostStart);
            if (keeps == Keeps.ALL && found.offset() > expected) {
                report(Kind.SKIPPED, reader + " was at " + position + " and was given " + found);
            } else if (keeps == Keeps.ALL_AND_MARKERS && found.offset() > expected) {
                passOver((int) expected, (int) found.offset(), reader);
            }
            if (find(found, reader)) {
                require((int) found.offset());
            }
            position = Math.max(position, found.offset() + 1);
        }
        positions.put(reader, position);
        checkOrder(records, reader);
    }

    /** A reader was not given what is in {@code [from, to)}: nothing but markers, then, now and for ever. */
    private void passOver(int from, int to, String reader) {
        markers.set(from, to);
        for (int offset = from; offset < Math.min(to, known.size()); offset++) {
            if (known.get(offset) != null) {
                report(Kind.SKIPPED, reader + " was not given " + known.get(offset) + " at " + offset);
            }
        }
    }

    void auditAsked(int audit) {
        audits.put(audit, new Begun((BitSet) required.clone(), leastStart));
    }

    void audited(Event.Audited audited) {
        Begun begun = requireNonNull(audits.remove(audited.audit()), "an audit that nobody began");
        if (isDeleted) {
            return;
        }
        String reader = "audit " + audited.audit();
        checkLogStart(audited.logStart(), begun.leastStart, reader);
        for (Found found : audited.records()) {
            if (find(found, reader)) {
                required.set((int) found.offset());
            }
        }
        checkOrder(audited.records(), reader);

        BitSet missing = begun.required;
        missing.clear(0, (int) audited.from());
        unaudited.andNot(missing);
        unaudited.clear(0, (int) audited.logStart());
        required.clear(0, (int) audited.logStart());
        audited.records().forEach(found -> missing.clear((int) found.offset()));
        missing.stream().forEach(offset -> checkMissing(offset, audited));
    }

    /** Call it when the history is over. */
    void finish() {
        if (isDeleted) {
            return;
        }
        owed.forEach((key, offset) -> {
            if (latest.getOrDefault(key, -1L) <= offset) {
                report(Kind.LOST, "the last record of key " + key + ", at " + offset);
            }
        });
        for (Stamp stamp : unplaced) {
            if (requireNonNull(sendings.get(stamp)).places == 0
                    && leastStart == 0
                    && keeps != Keeps.LATEST
                    && keeps != Keeps.NEWEST) {
                report(Kind.LOST, stamp + ", acknowledged without an offset, is nowhere");
            }
        }
        if (!unaudited.isEmpty() || !written.isEmpty()) {
            report(Kind.UNCHECKED, "no audit looked for offsets " + unaudited + " and " + written);
        }
    }

    private void require(int offset) {
        required.set(offset);
        unaudited.set(offset);
    }

    /** A reader was given this record; it may never again be otherwise. Gives back false if it should not be there. */
    private boolean find(Found found, String reader) {
        int offset = (int) found.offset();
        Sending sending = found.stamp() == null ? null : sendings.get(found.stamp());
        if (found.stamp() == null || sending == null) {
            report(Kind.INVENTED, reader + " was given " + found);
            return false;
        }
        place(offset, found.stamp(), sending, reader);
        read.set(offset);
        return true;
    }

    /** Somebody says that this record is at this offset. */
    private void place(long offset, Stamp stamp, Sending sending, String who) {
        while (known.size() <= offset) {
            known.add(null);
        }
        Stamp before = known.get((int) offset);
        if (markers.get((int) offset)) {
            report(Kind.SKIPPED, stamp + " is at " + offset + ", says " + who + ", and was passed over by a reader");
        }
        if (before == null) {
            known.set((int) offset, stamp);
            latest.merge(stamp.key(), offset, Math::max);
            sending.places++;
            if (sending.isDuplicated()) {
                report(Kind.DUPLICATED, stamp + " is also at " + offset + ", says " + who);
            }
        } else if (!before.equals(stamp)) {
            Kind kind = read.get((int) offset) ? Kind.UNREAD : Kind.MISPLACED;
            report(kind, "at " + offset + " was " + before + ", and now is " + stamp + ", says " + who);
        }
    }

    private void checkOrder(List<Found> records, String reader) {
        Map<String, Long> last = new HashMap<>();
        for (Found found : records) {
            Stamp stamp = found.stamp();
            Sending sending = stamp == null ? null : sendings.get(stamp);
            if (stamp == null || sending == null || !sending.isIdempotent()) {
                continue;
            }
            Long before = last.put(stamp.producer(), stamp.number());
            if (before != null && before >= stamp.number()) {
                report(Kind.REORDERED, reader + " was given " + stamp + " after number " + before);
            }
        }
    }

    private void checkLogStart(long logStart, long least, String reader) {
        if (logStart < least) {
            report(Kind.LOG_START, reader + " found it at " + logStart + ", below " + least);
        } else if (logStart > mostStart && keeps != Keeps.NEWEST) {
            report(
                    Kind.LOG_START,
                    reader + " found it at " + logStart + ", and none was asked to be above " + mostStart);
        }
        leastStart = Math.max(leastStart, logStart);
    }

    private void checkMissing(int offset, Event.Audited audited) {
        Stamp stamp = requireNonNull(known.get(offset));
        if (keeps != Keeps.LATEST) {
            report(
                    read.get(offset) ? Kind.UNREAD : Kind.LOST,
                    stamp + " at " + offset + " is not in " + audited.range());
        } else if (requireNonNull(latest.get(stamp.key())) == offset) {
            owed.put(stamp.key(), (long) offset);
        }
    }

    private void report(Kind kind, String what) {
        violations.accept(new Violation(kind, log + ": " + what));
    }
}
