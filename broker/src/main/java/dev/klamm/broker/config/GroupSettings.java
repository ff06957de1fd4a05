package dev.klamm.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Every group setting of Apache Kafka 4.3 (KIP-1022, config resource GROUP), with Kafka's types and bounds. Those of share and
 * Streams groups change nothing here: they are kept and described, for an Apache Kafka that takes the directory over.
 */
public final class GroupSettings {
    static final String CONSUMER_SESSION_TIMEOUT = "consumer.session.timeout.ms";
    static final String CONSUMER_HEARTBEAT_INTERVAL = "consumer.heartbeat.interval.ms";
    static final String CONSUMER_ASSIGNMENT_INTERVAL = "consumer.assignment.interval.ms";

    private static final TreeMap<String, Setting> BY_NAME = new TreeMap<>();

    /** The broker settings between which a group setting must be; null for no lower one. */
    private record Bounds(String name, @Nullable String min, String max) {
        static Bounds ofGroup(String name) {
            String broker = "group." + name.replaceFirst("\\.", ".%s.");
            return new Bounds(name, broker.formatted("min"), broker.formatted("max"));
        }

        boolean onlyIfGiven() {
            return name.endsWith(".assignment.interval.ms");
        }
    }

    /** In the order in which Kafka looks at them. */
    private static final List<Bounds> BOUNDS = List.of(
            Bounds.ofGroup(CONSUMER_HEARTBEAT_INTERVAL),
            Bounds.ofGroup(CONSUMER_SESSION_TIMEOUT),
            Bounds.ofGroup(CONSUMER_ASSIGNMENT_INTERVAL),
            Bounds.ofGroup("share.heartbeat.interval.ms"),
            Bounds.ofGroup("share.session.timeout.ms"),
            Bounds.ofGroup("share.record.lock.duration.ms"),
            Bounds.ofGroup("share.delivery.count.limit"),
            Bounds.ofGroup("share.partition.max.record.locks"),
            Bounds.ofGroup("share.assignment.interval.ms"),
            Bounds.ofGroup("streams.heartbeat.interval.ms"),
            Bounds.ofGroup("streams.session.timeout.ms"),
            new Bounds("streams.num.standby.replicas", null, "group.streams.max.standby.replicas"),
            Bounds.ofGroup("streams.assignment.interval.ms"));

    static {
        // Klamm does what they say.
        define(CONSUMER_SESSION_TIMEOUT, "45000", 1, true, "How long a member may be silent before it is given up.");
        define(CONSUMER_HEARTBEAT_INTERVAL, "5000", 1, true, "How often members are told to send heartbeats.");
        define(CONSUMER_ASSIGNMENT_INTERVAL, "1000", 0, true, "The least time between two target assignments.");
        // It keeps these.
        leaveAside("share.session.timeout.ms", "45000", 1);
        leaveAside("share.heartbeat.interval.ms", "5000", 1);
        leaveAside("share.record.lock.duration.ms", "30000", 1000);
        leaveAside("share.delivery.count.limit", "5", 2);
        leaveAside("share.partition.max.record.locks", "2000", 100);
        leaveAside("share.assignment.interval.ms", "1000", 0);
        leaveAside("streams.session.timeout.ms", "45000", 1);
        leaveAside("streams.heartbeat.interval.ms", "5000", 1);
        leaveAside("streams.num.standby.replicas", "0", 0);
        leaveAside("streams.initial.rebalance.delay.ms", "3000", 0);
        leaveAside("streams.assignment.interval.ms", "1000", 0);
        leaveAside("share.auto.offset.reset", STRING, "latest", GroupSettings::requireOffsetReset);
        leaveAside(
                "share.isolation.level",
                STRING,
                "read_uncommitted",
                ValidString.in("read_committed", "read_uncommitted"));
        leaveAside("share.renew.acknowledge.enable", BOOLEAN, "true", null);
    }

    private GroupSettings() {}

    /** Sorted by name. */
    public static Collection<Setting> all() {
        return Collections.unmodifiableCollection(BY_NAME.values());
    }

    public static Optional<Setting> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    static Setting required(String name) {
        return Objects.requireNonNull(BY_NAME.get(name), name);
    }

    /**
     * Checks all the settings of a group together, and against the bounds that the broker sets.
     *
     * @throws InvalidConfigurationException an unknown name, a value out of bounds, or values that contradict one another
     * @throws ConfigException a value that is none
     */
    public static void validate(Map<String, String> overrides, BrokerConfig broker) {
        for (String name : overrides.keySet()) {
            if (!BY_NAME.containsKey(name)) {
                throw new InvalidConfigurationException("Unknown group config name: " + name);
            }
        }
        overrides.forEach((name, value) -> required(name).parse(value));
        for (Bounds bounds : BOUNDS) {
            if (!bounds.onlyIfGiven() || overrides.containsKey(bounds.name())) {
                requireWithin(bounds, overrides, broker);
            }
        }
        for (String kind : List.of("consumer", "share", "streams")) {
            requireSeveralHeartbeats(kind, overrides, broker);
        }
    }

    private static void requireWithin(Bounds bounds, Map<String, String> overrides, BrokerConfig broker) {
        int value = value(bounds.name(), overrides, broker);
        if (bounds.min() != null && value < broker.anyNumber(bounds.min())) {
            throw new InvalidConfigurationException(
                    bounds.name() + " must be greater than or equal to " + bounds.min());
        }
        if (value > broker.anyNumber(bounds.max())) {
            throw new InvalidConfigurationException(bounds.name() + " must be less than or equal to " + bounds.max());
        }
    }

    private static void requireSeveralHeartbeats(String kind, Map<String, String> overrides, BrokerConfig broker) {
        String session = kind + ".session.timeout.ms";
        String heartbeat = kind + ".heartbeat.interval.ms";
        if (value(session, overrides, broker) <= value(heartbeat, overrides, broker)) {
            throw new InvalidConfigurationException(session + " must be greater than " + heartbeat);
        }
    }

    /**
     * The group's own value if it has one, pushed into the bounds that the broker sets now (they may have changed since it was
     * given); else the broker's.
     */
    static int withinBounds(String name, Map<String, String> overrides, BrokerConfig broker) {
        int value = value(name, overrides, broker);
        if (!overrides.containsKey(name)) {
            return value;
        }
        Bounds bounds = BOUNDS.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
        int atLeastMin = bounds.min() == null ? value : Math.max(value, broker.anyNumber(bounds.min()));
        return Math.min(atLeastMin, broker.anyNumber(bounds.max()));
    }

    private static int value(String name, Map<String, String> overrides, BrokerConfig broker) {
        Setting setting = required(name);
        String own = overrides.get(name);
        String value = own != null ? own : broker.inherited(setting).getFirst().value();
        return (Integer) Objects.requireNonNull(setting.parse(value));
    }

    private static void requireOffsetReset(String name, @Nullable Object value) {
        String strategy = String.valueOf(value);
        if (!strategy.equals("earliest") && !strategy.equals("latest") && !isDuration(strategy)) {
            throw new ConfigException(
                    name,
                    value,
                    "Invalid value `" + strategy + "` for configuration " + name
                            + ". The value must be either 'earliest', 'latest' or of the format"
                            + " 'by_duration:<PnDTnHnMn.nS>'.");
        }
    }

    private static boolean isDuration(String strategy) {
        String prefix = "by_duration:";
        try {
            return strategy.startsWith(prefix)
                    && !Duration.parse(strategy.substring(prefix.length())).isNegative();
        } catch (DateTimeParseException notOne) {
            return false;
        }
    }

    private static void define(String name, String defaultValue, int least, boolean honoured, String documentation) {
        put(name, INT, defaultValue, atLeast(least), honoured, documentation, "group." + name);
    }

    private static void leaveAside(String name, String defaultValue, int least) {
        define(name, defaultValue, least, false, LeftAside.DOCUMENTATION);
    }

    private static void leaveAside(
            String name, ConfigDef.Type type, String defaultValue, ConfigDef.@Nullable Validator allowed) {
        put(name, type, defaultValue, allowed, false, LeftAside.DOCUMENTATION);
    }

    private static void put(
            String name,
            ConfigDef.Type type,
            String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            boolean honoured,
            String documentation,
            String... synonyms) {
        BY_NAME.put(name, Setting.clusterWide(name, type, defaultValue, allowed, honoured, documentation, synonyms));
    }
}
