package dev.klamm.conformance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a producer says of a record. */
record Sent(@Nullable String key, @Nullable String value, Map<String, String> headers) {
    static Sent of(String value) {
        return new Sent("key of " + value, value, Map.of());
    }
}
