package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.GroupSettings;
import dev.klamm.broker.config.InvalidSettingException;
import dev.klamm.broker.config.Setting;
import dev.klamm.broker.config.Settings;
import dev.klamm.broker.config.TopicSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Turns wishes about settings into records of the metadata log, or refuses them with Kafka's error codes and words. Pure.
 *
 * <p>Differs from Kafka: a broker setting that nobody knows is refused; Kafka keeps it, for some plug-in might read it.
 */
record ConfigPlans(MetadataImage image, BrokerConfig config, int nodeId) {
    private static final String MIN_ISR = "min.insync.replicas";

    sealed interface Plan {}

    record Accepted(List<MetadataRecord> records) implements Plan {}

    record Declined(ConfigOutcome.Refused refusal) implements Plan {
        Declined(Errors error, @Nullable String message) {
            this(new ConfigOutcome.Refused(error, message));
        }
    }

    Plan alter(ConfigWish wish) {
        Declined malformed = malformed(wish);
        if (malformed != null) {
            return malformed;
        }
        Map<String, String> present = present(wish.resource());
        var wanted = new HashMap<>(wish.replaceAll() ? Map.of() : present);
        for (ConfigWish.Change change : wish.changes()) {
            boolean combines = change.operation() == ConfigWish.Operation.APPEND
                    || change.operation() == ConfigWish.Operation.SUBTRACT;
            if (combines
                    && !find(wish.resource(), change.name())
                            .map(Setting::isList)
                            .orElse(false)) {
                return new Declined(
                        Errors.INVALID_CONFIG,
                        "Can't " + change.operation() + " to key " + change.name() + " because its type is not LIST.");
            }
            apply(change, wish.resource(), wanted);
        }
        Declined invalid = switch (wish.resource().type()) {
            case TOPIC -> invalidForTopic(wish.resource().name(), wanted);
            case GROUP -> invalidForGroup(wish.resource().name(), wanted);
            default -> invalidForBroker(wish, wanted);
        };
        return invalid != null ? invalid : new Accepted(records(wish, present, wanted));
    }

    private static @Nullable Declined malformed(ConfigWish wish) {
        var names = new HashSet<String>();
        var withoutValue = new ArrayList<String>();
        for (ConfigWish.Change change : wish.changes()) {
            if (!names.add(change.name())) {
                return new Declined(Errors.INVALID_REQUEST, "Error due to duplicate config keys");
            }
            if (change.value() == null && change.operation() != ConfigWish.Operation.DELETE) {
                withoutValue.add(change.name());
            } else if (change.value() != null && change.value().length() > Short.MAX_VALUE) {
                return tooLong();
            }
        }
        return withoutValue.isEmpty()
                ? null
                : new Declined(
                        Errors.INVALID_REQUEST, "Null value not supported for : " + String.join(", ", withoutValue));
    }

    private static Declined tooLong() {
        return new Declined(
                Errors.INVALID_CONFIG,
                "The configuration value cannot be added because it exceeds the maximum value size of "
                        + Short.MAX_VALUE + " bytes.");
    }

    private Map<String, String> present(ConfigResource resource) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            Topic topic = image.topic(resource.name());
            return topic == null ? Map.of() : topic.overrides();
        }
        return image.configs(resource);
    }

    private static Optional<Setting> find(ConfigResource resource, String name) {
        return switch (resource.type()) {
            case TOPIC -> TopicSettings.find(name);
            case GROUP -> GroupSettings.find(name);
            default -> Settings.find(name);
        };
    }

    private static void apply(ConfigWish.Change change, ConfigResource resource, Map<String, String> wanted) {
        String name = change.name();
        switch (change.operation()) {
            case SET -> wanted.put(name, Objects.requireNonNull(change.value()));
            case DELETE -> wanted.remove(name);
            case APPEND -> {
                List<String> elements = elements(name, resource, wanted);
                elementsOf(change.value()).stream()
                        .filter(element -> !elements.contains(element))
                        .forEach(elements::add);
                wanted.put(name, String.join(",", elements));
            }
            case SUBTRACT -> {
                List<String> elements = elements(name, resource, wanted);
                elements.removeAll(elementsOf(change.value()));
                wanted.put(name, String.join(",", elements));
            }
        }
    }

    private static List<String> elements(String name, ConfigResource resource, Map<String, String> wanted) {
        String own = wanted.get(name);
        return elementsOf(
                own != null
                        ? own
                        : find(resource, name).map(Setting::defaultValue).orElse(null));
    }

    private static List<String> elementsOf(@Nullable String list) {
        var elements = new ArrayList<>(Arrays.asList(list == null ? new String[0] : list.split(",", -1)));
        elements.removeIf(String::isEmpty);
        return elements;
    }

    private @Nullable Declined invalidForTopic(String name, Map<String, String> wanted) {
        if (name.isEmpty()) {
            return new Declined(Errors.INVALID_REQUEST, "Default topic resources are not allowed.");
        }
        try {
            org.apache.kafka.common.internals.Topic.validate(name);
            TopicSettings.validate(wanted, config);
        } catch (InvalidTopicException e) {
            return new Declined(Errors.INVALID_TOPIC_EXCEPTION, e.getMessage());
        } catch (ConfigException | InvalidConfigurationException e) {
            return new Declined(Errors.INVALID_CONFIG, e.getMessage());
        }
        return image.topic(name) != null
                ? null
                : new Declined(Errors.UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + name + "' does not exist.");
    }

    /** The group need not exist. */
    private @Nullable Declined invalidForGroup(String name, Map<String, String> wanted) {
        if (name.isEmpty()) {
            return new Declined(Errors.INVALID_REQUEST, "Default group resources are not allowed.");
        }
        try {
            GroupSettings.validate(wanted, config);
            return null;
        } catch (ConfigException | InvalidConfigurationException e) {
            return new Declined(Errors.INVALID_CONFIG, e.getMessage());
        }
    }

    private @Nullable Declined invalidForBroker(ConfigWish wish, Map<String, String> wanted) {
        String name = wish.resource().name();
        if (!name.isEmpty() && !name.matches("-?[0-9]{1,9}")) {
            return new Declined(Errors.INVALID_REQUEST, "Node id must be an integer, but it is: " + name);
        }
        if (!name.isEmpty() && Integer.parseInt(name) != nodeId) {
            return new Declined(
                    Errors.INVALID_REQUEST, "Unexpected broker id, expected " + nodeId + ", but received " + name);
        }
        for (ConfigWish.Change change : wish.changes()) {
            if (Settings.find(change.name()).isEmpty()) {
                return new Declined(
                        Errors.INVALID_REQUEST,
                        "There is no setting " + change.name() + "; the nearest is " + Settings.nearest(change.name())
                                + ".");
            }
        }
        Declined unchangeable = unchangeable(wish, name.isEmpty());
        return unchangeable != null ? unchangeable : invalidTogether(name, wanted);
    }

    private @Nullable Declined unchangeable(ConfigWish wish, boolean forAll) {
        TreeSet<String> readOnly = named(wish, Setting::isReadOnly);
        if (!readOnly.isEmpty()) {
            return new Declined(Errors.INVALID_REQUEST, "Cannot update these configs dynamically: " + readOnly);
        }
        TreeSet<String> perBroker = named(wish, setting -> setting.update() == Setting.Update.PER_BROKER);
        if (forAll && !perBroker.isEmpty()) {
            return new Declined(
                    Errors.INVALID_REQUEST,
                    "Cannot update these configs at default cluster level, broker id must be specified: " + perBroker);
        }
        boolean tracksEligible = image.features().level(Feature.ELIGIBLE_LEADER_REPLICAS) > 0;
        return tracksEligible ? unchangeableMinIsr(wish, forAll) : null;
    }

    /** Kafka keeps one min.insync.replicas for the whole cluster while it tracks eligible leader replicas (KIP-966). */
    private static @Nullable Declined unchangeableMinIsr(ConfigWish wish, boolean forAll) {
        Optional<ConfigWish.Change> minIsr = wish.changes().stream()
                .filter(change -> change.name().equals(MIN_ISR))
                .findAny();
        if (!forAll) {
            return minIsr.isEmpty()
                    ? null
                    : new Declined(
                            Errors.INVALID_CONFIG,
                            "Broker-level " + MIN_ISR + " cannot be altered while ELR is enabled.");
        }
        boolean removed = minIsr.map(change -> change.operation() == ConfigWish.Operation.DELETE)
                .orElse(wish.replaceAll());
        return removed
                ? new Declined(
                        Errors.INVALID_CONFIG, "Cluster-level " + MIN_ISR + " cannot be removed while ELR is enabled.")
                : null;
    }

    private static TreeSet<String> named(ConfigWish wish, Predicate<Setting> which) {
        var names = new TreeSet<String>();
        for (ConfigWish.Change change : wish.changes()) {
            Settings.find(change.name()).filter(which).ifPresent(setting -> names.add(setting.name()));
        }
        return names;
    }

    private @Nullable Declined invalidTogether(String broker, Map<String, String> wanted) {
        Map<String, String> forAll = image.configs(brokers(""));
        Map<String, String> forThis = image.configs(brokers(Integer.toString(nodeId)));
        try {
            wanted.forEach((name, value) -> Settings.find(name).ifPresent(setting -> setting.parse(value)));
            BrokerConfig changed =
                    broker.isEmpty() ? config.withDynamic(wanted, forThis) : config.withDynamic(forAll, wanted);
            config.requireStepTo(changed);
            return null;
        } catch (ConfigException | InvalidConfigurationException | InvalidSettingException e) {
            return new Declined(Errors.INVALID_REQUEST, e.getMessage());
        }
    }

    static ConfigResource group(String id) {
        return new ConfigResource(ConfigResource.Type.GROUP, id);
    }

    static ConfigResource brokers(String name) {
        return new ConfigResource(ConfigResource.Type.BROKER, name);
    }

    private static List<MetadataRecord> records(
            ConfigWish wish, Map<String, String> present, Map<String, String> wanted) {
        var names = new TreeSet<>(present.keySet());
        names.addAll(wanted.keySet());
        var records = new ArrayList<MetadataRecord>();
        for (String name : names) {
            if (!Objects.equals(present.get(name), wanted.get(name))) {
                records.add(MetadataRecord.of(new ConfigRecord()
                        .setResourceType(wish.resource().type().id())
                        .setResourceName(wish.resource().name())
                        .setName(name)
                        .setValue(wanted.get(name))));
            }
        }
        return records;
    }
}
