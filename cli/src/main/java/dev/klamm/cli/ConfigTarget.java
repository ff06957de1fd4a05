package dev.klamm.cli;

import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose settings. Exactly one of the three; a group of options of the config commands. */
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

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            required = true,
            description = "The settings of this group, which need not exist yet.")
    private @Nullable String group;

    ConfigResource resource() {
        if (topic != null) {
            return new ConfigResource(ConfigResource.Type.TOPIC, topic);
        }
        return group != null
                ? new ConfigResource(ConfigResource.Type.GROUP, group)
                : new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(broker));
    }

    @Override
    public String toString() {
        if (topic != null) {
            return "topic " + topic;
        }
        return group != null ? "group " + group : "broker " + broker;
    }
}
