package dev.klamm.broker.topic;

/**
 * A level that somebody wants a {@link Feature} to have.
 *
 * @param id Kafka's name, or one that nobody knows
 */
public record FeatureWish(String id, short level, Direction direction) {

    /** What the change may be: a lower level than the present one only if that is said. */
    public enum Direction {
        UPGRADE,
        SAFE_DOWNGRADE,
        UNSAFE_DOWNGRADE,
        /** The client said something else. */
        UNKNOWN
    }
}
