package dev.klamm.broker.group;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The words behind the verb: a name, perhaps, and key=value pairs. */
final class ScriptArgs {
    private final String name;
    private final List<String> rest;
    private final Map<String, String> values;

    ScriptArgs(List<String> words) {
        name = words.size() > 1 && !words.get(1).contains("=") ? words.get(1) : "";
        rest = words.subList(1, words.size());
        values = rest.stream()
                .filter(word -> word.contains("=") && !word.startsWith("to:"))
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    String name() {
        return name;
    }

    List<String> rest() {
        return rest;
    }

    @Nullable
    String text(String key) {
        return values.get(key);
    }

    String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    int number(String key, int otherwise) {
        return Optional.ofNullable(values.get(key)).map(Integer::parseInt).orElse(otherwise);
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    static List<String> names(String commaSeparated) {
        return commaSeparated.isEmpty() ? List.of() : Arrays.asList(commaSeparated.split(",", -1));
    }
}
