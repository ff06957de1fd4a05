package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class TopicRegexTest {
    private static final List<String> TOPICS = List.of("__consumer_offsets", "rides", "rides-2020", "zones");

    private static Set<String> topicsOf(String regex) {
        return TopicRegex.resolve(List.of(regex), TOPICS).getOrDefault(regex, new TreeSet<>());
    }

    @Test
    void matchesWholeNames() {
        assertThat(topicsOf("rides")).containsExactly("rides");
        assertThat(topicsOf("ride")).isEmpty();
        assertThat(topicsOf("rides.*|z[a-z]+")).containsExactly("rides", "rides-2020", "zones");
    }

    @Test
    void internalTopicsAreNoExceptionAsInKafka() {
        assertThat(topicsOf(".*")).containsExactlyElementsOf(TOPICS);
    }

    @Test
    void saysWhatIsWrongInKafkasWords() {
        assertThat(TopicRegex.fault("rides-[0-9]+")).isEmpty();
        assertThat(TopicRegex.fault("[a"))
                .contains("SubscribedTopicRegex `[a` is not a valid regular expression: missing closing ].");
        assertThat(TopicRegex.fault("(?=rides).*"))
                .contains("SubscribedTopicRegex `(?=rides).*` is not a valid regular expression: invalid or unsupported"
                        + " Perl syntax.");
    }

    @Test
    void anExpressionThatCantBeReadWantsNothing() {
        assertThat(TopicRegex.resolve(List.of("[a", "zones"), TOPICS))
                .containsEntry("zones", new TreeSet<>(Set.of("zones")))
                .containsEntry("[a", new TreeSet<>());
    }

    /** With java.util.regex this takes longer than anybody lives. */
    @Test
    void noExpressionTakesForEver() {
        List<String> topics = List.of("a".repeat(200) + "!");
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> TopicRegex.resolve(List.of("(a+)+(a+)+(a+)+b"), topics));
    }
}
