package dev.klamm.conformance;

import dev.klamm.conformance.Event.Found;
import dev.klamm.conformance.Violation.Kind;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a history of programs that read, process and write contradicts: of each record before a group's committed offset
 * something was made, once, and of those behind it nothing.
 */
final class OutputChecker {
    private final Consumer<Violation> violations;
    private final Map<Stamp, Input> inputs = new HashMap<>();
    private final Set<String> groups = new HashSet<>();

    private final Map<LogName, Long> committed = new HashMap<>();

    private record Input(LogName log, long offset) {}

    OutputChecker(Consumer<Violation> violations) {
        this.violations = violations;
    }

    void madeOf(Stamp stamp, LogName log, long offset) {
        inputs.put(stamp, new Input(log, offset));
    }

    /** This group's offsets are committed in transactions. */
    void offsetSent(String group) {
        groups.add(group);
    }

    /** The last answer counts. */
    void committed(String group, Map<LogName, Long> offsets) {
        if (groups.contains(group)) {
            committed.putAll(offsets);
        }
    }

    /**
     * Call it when the history is over.
     *
     * @param visible what read_committed consumers then find
     */
    void finish(Collection<List<Found>> visible) {
        Map<Input, Integer> outputs = new HashMap<>();
        visible.forEach(records -> records.forEach(found -> {
            Input input = found.stamp() == null ? null : inputs.get(found.stamp());
            if (input != null && outputs.merge(input, 1, Integer::sum) > 1) {
                report(Kind.READ_TWICE, "two records were made of " + input);
            }
        }));
        committed.forEach((log, end) -> {
            for (long offset = 0; offset < end; offset++) {
                if (!outputs.containsKey(new Input(log, offset))) {
                    report(
                            Kind.OFFSET_TORN,
                            "nothing was made of " + offset + " of " + log + ", and " + end + " is committed");
                }
            }
        });
        outputs.keySet().forEach(input -> {
            long end = committed.getOrDefault(input.log, 0L);
            if (input.offset >= end) {
                report(Kind.OFFSET_TORN, "something was made of " + input + ", and " + end + " is committed");
            }
        });
    }

    private void report(Kind kind, String what) {
        violations.accept(new Violation(kind, what));
    }
}
