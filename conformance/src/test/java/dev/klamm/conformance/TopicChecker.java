package dev.klamm.conformance;

import dev.klamm.conformance.Violation.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What the history of one topic name contradicts: its creations, deletions, and how many partitions it has. */
final class TopicChecker {
    private final String topic;
    private final Consumer<Violation> violations;

    /** How many partitions there may be: least while nothing newer is certain, most as has been asked for; 0 is no topic. */
    private Bounds now = new Bounds(0, 0);

    /** The bounds at each question that is not answered yet, widened by what was asked for meanwhile. */
    private final Map<Integer, Bounds> asked = new HashMap<>();

    private record Bounds(int least, int most) {
        Bounds including(int partitions) {
            return new Bounds(Math.min(least, partitions), Math.max(most, partitions));
        }
    }

    TopicChecker(String topic, Consumer<Violation> violations) {
        this.topic = topic;
        this.violations = violations;
    }

    /** Somebody asks for so many partitions; 0 is for the topic to be deleted. */
    void sent(int partitions) {
        now = now.including(partitions);
        asked.replaceAll((_, bounds) -> bounds.including(partitions));
    }

    void acked(int partitions) {
        now = new Bounds(partitions, partitions);
    }

    void asked(int question) {
        asked.put(question, now);
    }

    /** @param partitions 0 if the topic is not in the answer */
    void answered(int question, int partitions) {
        Bounds bounds = asked.remove(question);
        if (bounds != null && (partitions < bounds.least || partitions > bounds.most)) {
            violations.accept(new Violation(
                    Kind.TOPIC,
                    topic + " has " + partitions + " partitions, not " + bounds.least + " to " + bounds.most));
        }
    }
}
