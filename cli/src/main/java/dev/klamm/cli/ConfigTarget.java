package dev.klamm.cli;

import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose settings. Exactly one of the two; a group of options of the config commands. */
final class ConfigTarget {

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            required = true,
            description = "The settings of this topic.")
    private @Nullable String topic;

    @Option(
            names = "--broker",
            paramLabel = "ID",
            required = true,
            description = "The settings of the broker with this id.")
    private @Nullable Integer broker;

    ConfigResource resource() {
        return topic != null
                ? new ConfigResource(ConfigResource.Type.TOPIC, topic)
                : new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(broker));
    }

    @Override
    public String toString() {
        return topic != null ? "topic " + topic : "broker " + broker;
    }
}
