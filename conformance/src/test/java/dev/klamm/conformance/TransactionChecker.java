package dev.klamm.conformance;

import dev.klamm.conformance.Event.AuditedCommitted;
import dev.klamm.conformance.Event.Found;
import dev.klamm.conformance.Event.Transaction;
import dev.klamm.conformance.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What a history of transactions contradicts: one whose commit was acknowledged is there as a whole; one whose commit was
 * asked for is there as a whole or not at all; of any other nobody who reads committed records is ever given one.
 */
final class TransactionChecker {
    private final Consumer<Violation> violations;
    private final Map<Transaction, Fate> fates = new LinkedHashMap<>();
    private final Map<Stamp, Transaction> transactions = new HashMap<>();

    /** By reader and log: the offsets of what it was given. */
    private final Map<String, Map<LogName, NavigableSet<Long>>> given = new HashMap<>();

    /** By log, from the audit that came last: what read_committed consumers find. */
    private final Map<LogName, List<Found>> visible = new HashMap<>();

    record GroupOffset(String group, LogName log, long offset) {}

    private static final class Fate {
        final Set<Stamp> records = new HashSet<>();
        final List<GroupOffset> offsets = new ArrayList<>();
        boolean isCommitSent;
        boolean isCommitAcked;
        boolean isRead;
    }

    TransactionChecker(Consumer<Violation> violations) {
        this.violations = violations;
    }

    void sent(Transaction transaction, Stamp stamp) {
        fate(transaction).records.add(stamp);
        transactions.put(stamp, transaction);
    }

    void offsetSent(Transaction transaction, String group, LogName log, long offset) {
        fate(transaction).offsets.add(new GroupOffset(group, log, offset));
    }

    void endSent(Transaction transaction, boolean isCommit) {
        fate(transaction).isCommitSent |= isCommit;
    }

    void endAcked(Transaction transaction, boolean isCommit) {
        fate(transaction).isCommitAcked |= isCommit;
    }

    List<GroupOffset> offsets(Transaction transaction) {
        return fate(transaction).offsets;
    }

    void read(String reader, LogName log, List<Found> records) {
        NavigableSet<Long> offsets =
                given.computeIfAbsent(reader, _ -> new HashMap<>()).computeIfAbsent(log, _ -> new TreeSet<>());
        for (Found found : records) {
            if (!offsets.isEmpty() && found.offset() <= offsets.last()) {
                report(
                        Kind.READ_TWICE,
                        reader + " was at " + offsets.last() + " of " + log + " and was given " + found);
            }
            offsets.add(found.offset());
            see(found, reader);
        }
    }

    void audited(AuditedCommitted audited) {
        if (audited.end() < audited.highWatermark()) {
            report(
                    Kind.HANGING,
                    audited.log() + ": the end is " + audited.highWatermark() + ", the stable one " + audited.end());
        }
        visible.put(audited.log(), audited.records());
        audited.records().forEach(found -> see(found, "the last audit"));
    }

    /** By log, what the last audits found. */
    Map<LogName, List<Found>> visible() {
        return visible;
    }

    private void see(Found found, String reader) {
        Transaction transaction = found.stamp() == null ? null : transactions.get(found.stamp());
        if (transaction == null) {
            return;
        }
        Fate fate = fate(transaction);
        if (!fate.isCommitSent) {
            report(Kind.ABORTED_READ, reader + " was given " + found + " of " + transaction);
        }
        fate.isRead = true;
    }

    /** Call it when the history is over. */
    void finish() {
        if (fates.isEmpty()) {
            return;
        }
        Map<Stamp, Integer> places = new HashMap<>();
        visible.values()
                .forEach(records -> records.forEach(found -> {
                    if (found.stamp() != null) {
                        places.merge(found.stamp(), 1, Integer::sum);
                    }
                }));
        fates.forEach((transaction, fate) -> checkWhole(transaction, fate, places));
        given.forEach((reader, logs) -> logs.forEach((log, offsets) -> checkGiven(reader, log, offsets)));
    }

    private void checkWhole(Transaction transaction, Fate fate, Map<Stamp, Integer> places) {
        for (Stamp stamp : fate.records) {
            if (!visible.containsKey(stamp.log())) {
                report(Kind.UNCHECKED, "nobody looked for what is committed in " + stamp.log());
                return;
            }
        }
        List<Stamp> missing = fate.records.stream()
                .filter(stamp -> !places.containsKey(stamp))
                .toList();
        boolean isNoneThere = missing.size() == fate.records.size();
        if (!missing.isEmpty() && !isNoneThere) {
            report(Kind.TORN, transaction + " is there without " + missing);
        } else if (!missing.isEmpty() && fate.isCommitAcked) {
            report(Kind.LOST, transaction + " was committed, and is not there");
        } else if (!missing.isEmpty() && fate.isRead) {
            report(Kind.UNREAD, transaction + " was read, and is not there");
        }
        fate.records.stream()
                .filter(stamp -> places.getOrDefault(stamp, 0) > 1)
                .forEach(stamp -> report(Kind.READ_TWICE, stamp + " of " + transaction + " is there twice"));
    }

    /** Up to where a reader has come, it was given all that is there. */
    private void checkGiven(String reader, LogName log, NavigableSet<Long> offsets) {
        for (Found found : visible.getOrDefault(log, List.of())) {
            if (found.offset() < offsets.last() && !offsets.contains(found.offset())) {
                report(Kind.SKIPPED, reader + " came by " + log + " up to " + offsets.last() + " without " + found);
            }
        }
    }

    private Fate fate(Transaction transaction) {
        return fates.computeIfAbsent(transaction, _ -> new Fate());
    }

    private void report(Kind kind, String what) {
        violations.accept(new Violation(kind, what));
    }
}
