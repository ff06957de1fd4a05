package dev.klamm.broker.api;

import dev.klamm.broker.topic.ConfigOutcome;
import dev.klamm.broker.topic.ConfigWish;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;

/** What AlterConfigs and IncrementalAlterConfigs have in common: which resources may be altered, and in what order it is answered. */
final class ConfigAlteration {
    private static final ConfigOutcome REPEATED =
            new ConfigOutcome.Refused(Errors.INVALID_REQUEST, "Each resource must appear at most once.");

    private ConfigAlteration() {}

    /** Outcomes in the order of the wishes. */
    static List<ConfigOutcome> carryOut(Topics topics, List<ConfigWish> wishes, boolean validateOnly)
            throws InterruptedException {
        Set<ConfigResource> repeated = repeated(wishes);
        var possible = new ArrayList<ConfigWish>();
        for (ConfigWish wish : wishes) {
            if (isAlterable(wish.resource().type()) && !repeated.contains(wish.resource())) {
                possible.add(wish);
            }
        }
        List<ConfigOutcome> altered = topics.alter(possible, validateOnly);
        Map<ConfigResource, ConfigOutcome> byResource = new HashMap<>();
        for (int i = 0; i < possible.size(); i++) {
            byResource.put(possible.get(i).resource(), altered.get(i));
        }
        return wishes.stream().map(wish -> outcome(wish, repeated, byResource)).toList();
    }

    private static ConfigOutcome outcome(
            ConfigWish wish, Set<ConfigResource> repeated, Map<ConfigResource, ConfigOutcome> byResource) {
        if (repeated.contains(wish.resource())) {
            return REPEATED;
        }
        ConfigOutcome outcome = byResource.get(wish.resource());
        return outcome != null
                ? outcome
                : new ConfigOutcome.Refused(
                        Errors.INVALID_REQUEST,
                        "Unknown resource type " + wish.resource().type().id());
    }

    private static boolean isAlterable(ConfigResource.Type type) {
        return switch (type) {
            case TOPIC, BROKER, GROUP -> true;
            default -> false;
        };
    }

    private static Set<ConfigResource> repeated(List<ConfigWish> wishes) {
        var seen = new HashSet<ConfigResource>();
        var repeated = new HashSet<ConfigResource>();
        for (ConfigWish wish : wishes) {
            if (!seen.add(wish.resource())) {
                repeated.add(wish.resource());
            }
        }
        return repeated;
    }
}
