package dev.klamm.broker.group;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Subscriptions by regular expression, which the broker matches with the names of topics (KIP-848). The syntax is RE2's, as in
 * Kafka, whose matching takes time in proportion to its input whatever a client asks for. Pure.
 *
 * <p>A topic is wanted if the expression matches all of its name. As in Kafka, internal topics are no exception.
 */
final class TopicRegex {
    private TopicRegex() {}

    /** What is wrong with an expression, in Kafka's words for INVALID_REGULAR_EXPRESSION; empty if nothing is. */
    static Optional<String> fault(String regex) {
        try {
            Pattern.compile(regex);
            return Optional.empty();
        } catch (PatternSyntaxException e) {
            return Optional.of("SubscribedTopicRegex `" + regex + "` is not a valid regular expression: "
                    + e.getDescription() + ".");
        }
    }

    /**
     * The topics that each expression wants. One that can't be read wants none: members are refused such ones, so it can only
     * stand in a record that another broker wrote.
     */
    static Map<String, SortedSet<String>> resolve(Collection<String> regexes, Collection<String> topicNames) {
        var resolved = new HashMap<String, SortedSet<String>>();
        for (String regex : regexes) {
            resolved.put(regex, fault(regex).isPresent() ? new TreeSet<>() : matching(regex, topicNames));
        }
        return resolved;
    }

    private static SortedSet<String> matching(String regex, Collection<String> topicNames) {
        Pattern pattern = Pattern.compile(regex);
        var matching = new TreeSet<String>();
        topicNames.stream().filter(pattern::matches).forEach(matching::add);
        return matching;
    }
}
