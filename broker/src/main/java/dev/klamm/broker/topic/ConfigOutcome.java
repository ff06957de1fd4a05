package dev.klamm.broker.topic;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What became of a {@link ConfigWish}. */
public sealed interface ConfigOutcome {

    /** It is done and on disk; or, if it was only to be validated, it could be done. */
    record Altered() implements ConfigOutcome {}

    /** Nothing was changed. */
    record Refused(Errors error, @Nullable String message) implements ConfigOutcome {}
}
