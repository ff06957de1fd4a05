package dev.klamm.broker.group;

import dev.klamm.broker.topic.Topic;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Errors;

/**
 * Members that subscribe to a regular expression. What each one comes to is recorded, so that all members rest on the same
 * topics; it is looked up anew, for all of them together, when topics were created, and now and then.
 *
 * <p>Differs from Kafka: a new expression is looked up in the heartbeat that brings it. There the member first gets nothing,
 * since authorization may take long; here there is none.
 */
final class RegexSubscriptions {

    /** Topics are often created one after the other: not each of them is to be a rebalance. As in Kafka. */
    private static final long LEAST_BETWEEN_LOOK_UPS_MS = 10_000;

    private RegexSubscriptions() {}

    /** INVALID_REGULAR_EXPRESSION, if the group doesn't have it already. */
    static Optional<Refusal> check(String regex, ConsumerGroup group) {
        return regex.isEmpty() || group.subscriberCount(regex) > 0
                ? Optional.empty()
                : TopicRegex.fault(regex).map(fault -> new Refusal(Errors.INVALID_REGULAR_EXPRESSION, fault));
    }

    /**
     * Records what follows from the subscription of a member, which is recorded itself.
     *
     * @return whether its topics are other ones than before, or may be
     */
    static boolean update(String oldRegex, String newRegex, ConsumerDraft draft) {
        if (oldRegex.equals(newRegex)) {
            return false;
        }
        forgetIfUnwanted(oldRegex, draft);
        if (!newRegex.isEmpty() && !draft.group().regexes().containsKey(newRegex)) {
            lookUp(Set.of(newRegex), draft);
        }
        return true;
    }

    /** What a regular expression came to is forgotten with the last member that has it. */
    static void forgetIfUnwanted(String regex, ConsumerDraft draft) {
        if (!regex.isEmpty() && draft.group().subscriberCount(regex) == 0) {
            draft.record(ConsumerRecords.regexTombstone(draft.groupId(), regex));
        }
    }

    /**
     * Looks all of them up again if it is time to.
     *
     * @return whether one of them comes to other topics than before
     */
    static boolean refresh(ConsumerDraft draft) {
        Map<String, ResolvedRegex> before = Map.copyOf(draft.group().regexes());
        if (before.isEmpty() || !isDue(before, draft.step())) {
            return false;
        }
        Set<String> regexes = Set.copyOf(before.keySet());
        lookUp(regexes, draft);
        Map<String, ResolvedRegex> after = draft.group().regexes();
        return regexes.stream().anyMatch(regex -> !topics(regex, before).equals(topics(regex, after)));
    }

    private static boolean isDue(Map<String, ResolvedRegex> regexes, Step step) {
        long nowMs = step.now().wallMs();
        long lastMs = regexes.values().stream()
                .mapToLong(ResolvedRegex::timestampMs)
                .max()
                .orElseThrow();
        long knownVersion = regexes.values().stream()
                .mapToLong(ResolvedRegex::topicsVersion)
                .min()
                .orElseThrow();
        return nowMs > lastMs + LEAST_BETWEEN_LOOK_UPS_MS
                && (knownVersion < step.cluster().topicsVersion()
                        || nowMs > lastMs + step.config().consumers().regexRefreshIntervalMs());
    }

    private static void lookUp(Set<String> regexes, ConsumerDraft draft) {
        Step step = draft.step();
        long version = step.cluster().topicsVersion();
        var names = step.cluster().topics().stream().map(Topic::name).toList();
        new TreeSet<>(regexes).forEach(regex -> {
            SortedSet<String> topics = TopicRegex.resolve(Set.of(regex), names).getOrDefault(regex, new TreeSet<>());
            var resolved = new ResolvedRegex(topics, version, step.now().wallMs());
            draft.record(ConsumerRecords.regex(draft.groupId(), regex, resolved));
        });
    }

    private static SortedSet<String> topics(String regex, Map<String, ResolvedRegex> regexes) {
        ResolvedRegex resolved = regexes.get(regex);
        return resolved == null ? new TreeSet<>() : resolved.topics();
    }
}
