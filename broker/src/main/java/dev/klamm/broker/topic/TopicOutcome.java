package dev.klamm.broker.topic;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What became of a wish about one topic. */
public sealed interface TopicOutcome {

    /** It is done and on disk; or, if it was only to be validated, it could be done. The topic as it is (or would be) then. */
    record Done(Topic topic) implements TopicOutcome {}

    /** Nothing was changed. */
    record Refused(Errors error, @Nullable String message) implements TopicOutcome {
        Refused(Errors error) {
            this(error, error.message());
        }
    }
}
