package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns wishes about {@link Feature}s into records of the metadata log, all or none, or says in Kafka's words why not
 * (INVALID_UPDATE_VERSION). Pure.
 */
record FeaturePlans(MetadataImage image, BrokerConfig config, int nodeId) {
    private static final String MIN_ISR = TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG;

    /** Levels of metadata.version below which older brokers can't read what was written with them. */
    private static final Set<Integer> METADATA_CHANGES = Set.of(7, 8, 11, 13, 14, 15, 17, 23, 30);

    sealed interface Plan {}

    record Accepted(List<MetadataRecord> records) implements Plan {}

    record Declined(String message) implements Plan {}

    Plan update(List<FeatureWish> wishes) {
        var records = new ArrayList<MetadataRecord>();
        for (FeatureWish wish : wishes) {
            String fault = fault(wish);
            if (fault != null) {
                return new Declined(fault);
            }
            if (wish.id().equals(Feature.ELIGIBLE_LEADER_REPLICAS.id()) && wish.level() > 0) {
                records.addAll(oneMinIsrForAll());
            }
            // A level of 0 of what nobody knows is what it has.
            if (Feature.find(wish.id()).isPresent()) {
                records.add(MetadataRecord.of(
                        new FeatureLevelRecord().setName(wish.id()).setFeatureLevel(wish.level())));
            }
        }
        return new Accepted(records);
    }

    private @Nullable String fault(FeatureWish wish) {
        if (wish.direction() == FeatureWish.Direction.UNKNOWN) {
            return fault(wish, "The controller does not support the given upgrade type.");
        }
        if (wish.level() < 0) {
            return fault(wish, "A feature version cannot be less than 0.");
        }
        String unsupported = unsupported(wish);
        if (unsupported != null) {
            return fault(wish, unsupported);
        }
        int present = image.features().levels().getOrDefault(wish.id(), (short) 0);
        boolean isUpgrade = wish.direction() == FeatureWish.Direction.UPGRADE;
        if (wish.level() < present && isUpgrade) {
            return fault(
                    wish,
                    "Can't downgrade the version of this feature without setting the upgrade type to either safe or"
                            + " unsafe downgrade.");
        }
        if (wish.level() > present && !isUpgrade) {
            return fault(wish, "Can't downgrade to a newer version.");
        }
        return wish.id().equals(Feature.METADATA.id()) ? faultOfMetadata(wish, present) : null;
    }

    private static String fault(FeatureWish wish, String reason) {
        return "Invalid update version " + wish.level() + " for feature " + wish.id() + ". " + reason;
    }

    private @Nullable String unsupported(FeatureWish wish) {
        Feature feature = Feature.find(wish.id()).orElse(null);
        if (feature == null) {
            return wish.level() == 0 ? null : "Local controller " + nodeId + " does not support this feature.";
        }
        return wish.level() >= feature.lowest() && wish.level() <= feature.highest()
                ? null
                : "Local controller " + nodeId + " only supports versions " + feature.lowest() + "-"
                        + feature.highest();
    }

    private static @Nullable String faultOfMetadata(FeatureWish wish, int present) {
        for (int level = present; level > wish.level(); level--) {
            if (METADATA_CHANGES.contains(level)) {
                String reason = wish.direction() == FeatureWish.Direction.UNSAFE_DOWNGRADE
                        ? "Unsafe metadata downgrade is not supported in this version."
                        : "Refusing to perform the requested downgrade because it might delete metadata information.";
                return "Unsupported metadata.version downgrade from " + present + " to " + wish.level() + ". " + reason;
            }
        }
        return null;
    }

    /** With eligible leader replicas on, Kafka has min.insync.replicas for the whole cluster, and for no broker. */
    private List<MetadataRecord> oneMinIsrForAll() {
        var records = new ArrayList<MetadataRecord>();
        if (!image.configs(ConfigPlans.brokers("")).containsKey(MIN_ISR)) {
            records.add(minIsr(
                    "",
                    Settings.find(MIN_ISR)
                            .map(setting -> config.values(setting).getFirst().value())
                            .orElseThrow()));
        }
        for (ConfigResource resource : image.configured()) {
            Map<String, String> settings = image.configs(resource);
            if (resource.type() == ConfigResource.Type.BROKER
                    && !resource.name().isEmpty()
                    && settings.containsKey(MIN_ISR)) {
                records.add(minIsr(resource.name(), null));
            }
        }
        return records;
    }

    private static MetadataRecord minIsr(String broker, @Nullable String value) {
        return MetadataRecord.of(new ConfigRecord()
                .setResourceType(ConfigResource.Type.BROKER.id())
                .setResourceName(broker)
                .setName(MIN_ISR)
                .setValue(value));
    }
}
