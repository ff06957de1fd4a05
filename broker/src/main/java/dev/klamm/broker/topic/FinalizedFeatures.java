package dev.klamm.broker.topic;

import java.util.HashMap;
import java.util.Map;

/**
 * The levels of {@link Feature}s that are in force.
 *
 * @param levels by name; one that is not there has level 0
 * @param epoch higher with every change, also from one start to the next: clients believe the highest they have seen. An offset
 *     of the metadata log, as in Kafka; -1 before the first change
 */
public record FinalizedFeatures(Map<String, Short> levels, long epoch) {
    public static final FinalizedFeatures NONE = new FinalizedFeatures(Map.of(), -1);

    public short level(Feature feature) {
        return levels.getOrDefault(feature.id(), (short) 0);
    }

    FinalizedFeatures with(Map<String, Short> changes, long newEpoch) {
        var changed = new HashMap<>(levels);
        changed.putAll(changes);
        changed.values().removeIf(level -> level == 0);
        return new FinalizedFeatures(Map.copyOf(changed), newEpoch);
    }
}
