package dev.klamm.conformance;

import dev.klamm.conformance.Event.Commits;
import dev.klamm.conformance.Violation.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What the history of one group's committed offsets contradicts, if its members only ever commit upwards. */
final class CommitChecker {
    private static final long NONE = -1;

    private final String group;
    private final Consumer<Violation> violations;

    /** By log: all that members have asked to be committed. */
    private final Map<LogName, Set<Long>> sent = new HashMap<>();

    /** By log: the highest commit that was acknowledged or seen. An answer to who asks now is at least that. */
    private final Map<LogName, Long> least = new HashMap<>();

    /** What {@link #least} was when the question of that number was asked. */
    private final Map<Integer, Map<LogName, Long>> asked = new HashMap<>();

    CommitChecker(String group, Consumer<Violation> violations) {
        this.group = group;
        this.violations = violations;
    }

    void sent(LogName log, long offset) {
        sent.computeIfAbsent(log, _ -> new HashSet<>()).add(offset);
    }

    void acked(LogName log, long offset) {
        least.merge(log, offset, Math::max);
    }

    void asked(int question) {
        asked.put(question, Map.copyOf(least));
    }

    void answered(Commits commits) {
        Map<LogName, Long> atLeast = asked.remove(commits.question());
        if (atLeast == null) {
            throw new IllegalArgumentException("an answer to a question that nobody asked: " + commits);
        }
        atLeast.forEach((log, offset) -> {
            long seen = commits.offsets().getOrDefault(log, NONE);
            if (seen < offset) {
                report(Kind.COMMIT_LOST, log, "is " + seen + ", and was " + offset);
            }
        });
        commits.offsets().forEach((log, offset) -> {
            if (!sent.getOrDefault(log, Set.of()).contains(offset)) {
                report(Kind.COMMIT_INVENTED, log, "is " + offset + ", which nobody has committed");
            }
            acked(log, offset);
        });
    }

    private void report(Kind kind, LogName log, String what) {
        violations.accept(new Violation(kind, "group " + group + ", " + log + ": the committed offset " + what));
    }
}
