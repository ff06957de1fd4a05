package dev.klamm.broker.topic;

import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * Changes that somebody wants to the settings of one topic, group or broker. All of them are made, or none.
 *
 * @param replaceAll settings that no change names are removed (AlterConfigs); else they stay (IncrementalAlterConfigs)
 */
public record ConfigWish(ConfigResource resource, boolean replaceAll, List<Change> changes) {

    public enum Operation {
        SET,
        DELETE,
        /** Adds elements to a list. */
        APPEND,
        /** Removes elements from a list. */
        SUBTRACT
    }

    /** @param value null for {@link Operation#DELETE} */
    public record Change(
            String name, Operation operation, @Nullable String value) {}
}
