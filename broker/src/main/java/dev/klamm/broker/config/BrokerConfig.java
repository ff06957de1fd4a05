package dev.klamm.broker.config;

import dev.klamm.log.LogConfig;
import dev.klamm.log.Upkeep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of this broker, checked and typed. Immutable: where a setting is changed while the broker runs (see
 * {@link #withDynamic}), there is a new one.
 *
 * <p>A value comes from, the strongest first: what was set for this broker while it ran, what was set for all brokers while
 * it ran, the settings it was started with, the default ({@link Settings}).
 */
public final class BrokerConfig {

    /** @param maxConnectionsOverrides by host name or address, beside {@code maxConnectionsPerIp} */
    public record Connections(
            List<Listener> listeners,
            int backlog,
            int maxConnections,
            int maxConnectionsPerIp,
            Map<String, Integer> maxConnectionsOverrides,
            long maxIdleMs) {}

    /** @param queuedMaxBytes bodies of all requests that are being read or handled; -1 for no limit */
    public record Requests(int maxBytes, long queuedMaxBytes) {}

    public record Groups(int initialRebalanceDelayMs, int minSessionTimeoutMs, int maxSessionTimeoutMs, int maxSize) {}

    /** @param assignors names, the first being that of members who ask for none */
    public record ConsumerGroups(
            int maxSize, List<String> assignors, MigrationPolicy migrationPolicy, int regexRefreshIntervalMs) {}

    public record Offsets(
            int topicPartitions,
            int topicSegmentBytes,
            long retentionMs,
            long retentionCheckIntervalMs,
            int metadataMaxBytes) {}

    /** @param verifiesPartitions whether what an older client writes is checked to be part of its transaction */
    public record Transactions(
            int maxTimeoutMs,
            long idExpirationMs,
            long idExpirationCheckIntervalMs,
            boolean allowsTwoPhaseCommit,
            boolean verifiesPartitions,
            int topicPartitions,
            int topicSegmentBytes,
            int topicMinIsr) {}

    public record Fetches(int maxBytes, int sessionSlots) {}

    /**
     * A value and where it comes from.
     *
     * @param given as it was given, under {@code name}
     * @param value the same in the unit of the setting that was asked for
     */
    public record Effective(
            @Nullable String value,
            ConfigSource source,
            String name,
            @Nullable String given) {}

    private final Map<String, String> given;
    private final Map<String, String> dynamicDefaults;
    private final Map<String, String> dynamic;
    private final Connections connections;
    private final Map<String, Listener> advertised;
    private final Requests requests;
    private final Groups groups;
    private final ConsumerGroups consumerGroups;
    private final Offsets offsets;
    private final Transactions transactions;
    private final Fetches fetches;
    private final Upkeep upkeep;
    private final LogConfig defaultLogConfig;

    private BrokerConfig(Map<String, String> given, Map<String, String> dynamicDefaults, Map<String, String> dynamic) {
        this.given = Map.copyOf(given);
        this.dynamicDefaults = Map.copyOf(dynamicDefaults);
        this.dynamic = Map.copyOf(dynamic);
        var listeners = new Listeners(
                text("listeners"),
                textOrEmpty("advertised.listeners"),
                textOrEmpty("controller.listener.names"),
                text("listener.security.protocol.map"));
        this.connections = new Connections(
                listeners.bound(),
                number("socket.listen.backlog.size"),
                number("max.connections"),
                number("max.connections.per.ip"),
                connectionsOverrides(text("max.connections.per.ip.overrides")),
                longNumber("connections.max.idle.ms"));
        this.advertised = listeners.advertised();
        this.requests = new Requests(number("socket.request.max.bytes"), queuedMaxBytes());
        this.groups = new Groups(
                number("group.initial.rebalance.delay.ms"),
                number("group.min.session.timeout.ms"),
                number("group.max.session.timeout.ms"),
                number("group.max.size"));
        this.consumerGroups = new ConsumerGroups(
                number("group.consumer.max.size"),
                Arrays.stream(text("group.consumer.assignors").split(","))
                        .map(String::trim)
                        .toList(),
                MigrationPolicy.valueOf(text("group.consumer.migration.policy").toUpperCase(Locale.ROOT)),
                number("group.consumer.regex.refresh.interval.ms"));
        this.offsets = new Offsets(
                number("offsets.topic.num.partitions"),
                number("offsets.topic.segment.bytes"),
                number("offsets.retention.minutes") * 60_000L,
                longNumber("offsets.retention.check.interval.ms"),
                number("offset.metadata.max.bytes"));
        this.transactions = new Transactions(
                number("transaction.max.timeout.ms"),
                number("transactional.id.expiration.ms"),
                number("transaction.remove.expired.transaction.cleanup.interval.ms"),
                flag("transaction.two.phase.commit.enable"),
                flag("transaction.partition.verification.enable"),
                number("transaction.state.log.num.partitions"),
                number("transaction.state.log.segment.bytes"),
                number("transaction.state.log.min.isr"));
        this.fetches = new Fetches(number("fetch.max.bytes"), number("max.incremental.fetch.session.cache.slots"));
        this.upkeep = new Upkeep(
                longNumber("log.initial.task.delay.ms"),
                longNumber("log.retention.check.interval.ms"),
                new Upkeep.Compaction(
                        flag("log.cleaner.enable"),
                        number("log.cleaner.threads"),
                        longNumber("log.cleaner.dedupe.buffer.size"),
                        fraction("log.cleaner.io.buffer.load.factor"),
                        number("log.cleaner.io.buffer.size"),
                        fraction("log.cleaner.io.max.bytes.per.second"),
                        longNumber("log.cleaner.backoff.ms")));
        this.defaultLogConfig = logConfigOfTopicsWithout();
        requireConsistent();
    }

    /** Of topics without settings of their own. */
    private LogConfig logConfigOfTopicsWithout() {
        try {
            UpkeepRules.require(this);
            ConsumerGroupSettings.require(this);
            TopicSettings.validate(Map.of(), this);
            return new TopicValues(Map.of(), this).toLogConfig();
        } catch (ConfigException | InvalidConfigurationException e) {
            throw new InvalidSettingException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Checks every name and value.
     *
     * @throws InvalidSettingException one sentence that names the setting, what is wrong with it, and the nearest name that
     *     Kafka knows if this one is not known
     */
    public static BrokerConfig of(Map<String, String> settings) {
        for (Map.Entry<String, String> entry : settings.entrySet()) {
            String name = entry.getKey();
            Setting setting = Settings.find(name)
                    .orElseThrow(() -> new InvalidSettingException(
                            "There is no setting " + name + "; the nearest is " + Settings.nearest(name) + "."));
            checkValue(setting, entry.getValue());
        }
        return new BrokerConfig(settings, Map.of(), Map.of());
    }

    private static void checkValue(Setting setting, String value) {
        try {
            setting.parse(value);
        } catch (ConfigException e) {
            throw new InvalidSettingException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * The same broker with what was set while it ran: for every broker, and for this one. A setting that Klamm does not change
     * while it runs keeps the value it was started with; a Kafka may have left one.
     *
     * @throws InvalidSettingException if the values can't be, or not together
     */
    public BrokerConfig withDynamic(Map<String, String> forAll, Map<String, String> forThis) {
        return new BrokerConfig(given, changeable(forAll), changeable(forThis));
    }

    /**
     * Says no to a change that a running broker can't make in one step.
     *
     * @throws ConfigException if {@code changed} is too far from this
     */
    public void requireStepTo(BrokerConfig changed) {
        UpkeepRules.requireStep(upkeep.compaction(), changed.upkeep.compaction());
    }

    private static Map<String, String> changeable(Map<String, String> settings) {
        var changeable = new HashMap<>(settings);
        changeable
                .keySet()
                .removeIf(name -> Settings.find(name)
                        .filter(setting -> setting.honoured() && setting.isReadOnly())
                        .isPresent());
        return changeable;
    }

    /** Names that were given and that mean nothing here, sorted. */
    public List<String> leftAside() {
        return given.keySet().stream()
                .filter(name -> !Settings.find(name).map(Setting::honoured).orElse(false))
                .sorted()
                .toList();
    }

    public int nodeId() {
        return number("node.id");
    }

    /** The data directory that {@code log.dirs} or {@code log.dir} name. */
    public Optional<Path> dataDirectory() {
        String several = textOrEmpty("log.dirs");
        String directories = several.isEmpty() ? textOrEmpty("log.dir") : several;
        if (directories.contains(",")) {
            throw new InvalidSettingException(
                    "log.dirs: Klamm keeps its data in one directory, and " + directories + " are several.");
        }
        return directories.isBlank() ? Optional.empty() : Optional.of(Path.of(directories.trim()));
    }

    public Connections connections() {
        return connections;
    }

    /** What clients of this listener are told to connect to; empty: the address that they came in by. */
    public Optional<Listener> advertised(String listenerName) {
        return Optional.ofNullable(advertised.get(listenerName));
    }

    public Requests requests() {
        return requests;
    }

    public Groups groups() {
        return groups;
    }

    public ConsumerGroups consumerGroups() {
        return consumerGroups;
    }

    public Offsets offsets() {
        return offsets;
    }

    public Transactions transactions() {
        return transactions;
    }

    public Fetches fetches() {
        return fetches;
    }

    public int numPartitions() {
        return number("num.partitions");
    }

    public boolean autoCreateTopics() {
        return flag("auto.create.topics.enable");
    }

    public boolean deleteTopics() {
        return flag("delete.topic.enable");
    }

    /** How long the last sequence of an idle producer is remembered. */
    public int producerIdExpirationMs() {
        return number("producer.id.expiration.ms");
    }

    /** The most partitions in one answer to DescribeTopicPartitions. */
    public int describePartitionsLimit() {
        return number("max.request.partition.size.limit");
    }

    /** How the logs are kept in order. */
    public Upkeep upkeep() {
        return upkeep;
    }

    /** How fast segment files are read to find damage; 0 for not at all. */
    public long scrubBytesPerSecond() {
        return longNumber("klamm.scrub.bytes.per.second");
    }

    /** Of a topic without settings of its own. */
    public LogConfig defaultLogConfig() {
        return defaultLogConfig;
    }

    /** The value of a topic setting for a topic with these settings of its own. */
    public Effective effective(Setting topicSetting, Map<String, String> overrides) {
        String own = overrides.get(topicSetting.name());
        return own != null
                ? new Effective(own, ConfigSource.TOPIC, topicSetting.name(), own)
                : inherited(topicSetting).getFirst();
    }

    /** What a topic setting has where the topic says nothing, the strongest first; the last is the default. */
    public List<Effective> inherited(Setting topicSetting) {
        var found = new ArrayList<Effective>();
        for (ConfigSource source : ConfigSource.values()) {
            for (Setting.Synonym synonym : topicSetting.synonyms()) {
                String value = layer(source).get(synonym.name());
                if (value != null) {
                    found.add(new Effective(synonym.convert(value), source, synonym.name(), value));
                }
            }
        }
        found.add(defaultOf(topicSetting));
        return found;
    }

    /** Under the name of the weakest broker setting that gives it, if any does. */
    private static Effective defaultOf(Setting topicSetting) {
        if (topicSetting.synonyms().isEmpty()) {
            String value = topicSetting.defaultValue();
            return new Effective(value, ConfigSource.DEFAULT, topicSetting.name(), value);
        }
        String name = topicSetting.synonyms().getLast().name();
        String given = Settings.find(name).map(Setting::defaultValue).orElse(null);
        return new Effective(topicSetting.defaultValue(), ConfigSource.DEFAULT, name, given);
    }

    /** The value of a broker setting, and weaker ones that it hides; the last is the default. */
    public List<Effective> values(Setting setting) {
        var found = new ArrayList<Effective>();
        for (ConfigSource source : ConfigSource.values()) {
            String value = layer(source).get(setting.name());
            if (value != null) {
                found.add(new Effective(value, source, setting.name(), value));
            }
        }
        String defaultValue = setting.defaultValue();
        found.add(new Effective(defaultValue, ConfigSource.DEFAULT, setting.name(), defaultValue));
        return found;
    }

    private Map<String, String> layer(ConfigSource source) {
        return switch (source) {
            case DYNAMIC_BROKER -> dynamic;
            case DYNAMIC_DEFAULT_BROKER -> dynamicDefaults;
            case STATIC_BROKER -> given;
            case TOPIC, GROUP, DEFAULT -> Map.of();
        };
    }

    /** Every name that was given at the start. */
    public Map<String, String> given() {
        return given;
    }

    private @Nullable Object parsed(String name) {
        Setting setting = Settings.honoured(name);
        String value = values(setting).getFirst().value();
        try {
            return setting.parse(value);
        } catch (ConfigException e) {
            throw new InvalidSettingException(String.valueOf(e.getMessage()));
        }
    }

    /** Also of a setting that means nothing here, whose type is INT. */
    int anyNumber(String name) {
        String value = Settings.find(name)
                .map(setting -> values(setting).getFirst().value())
                .orElseThrow();
        return Integer.parseInt(value.trim());
    }

    int number(String name) {
        return (Integer) Objects.requireNonNull(parsed(name));
    }

    private long longNumber(String name) {
        return (Long) Objects.requireNonNull(parsed(name));
    }

    private double fraction(String name) {
        return (Double) Objects.requireNonNull(parsed(name));
    }

    private boolean flag(String name) {
        return (Boolean) Objects.requireNonNull(parsed(name));
    }

    private String text(String name) {
        return Objects.requireNonNull(values(Settings.honoured(name)).getFirst().value());
    }

    private String textOrEmpty(String name) {
        return Objects.requireNonNullElse(
                values(Settings.honoured(name)).getFirst().value(), "");
    }

    /** The default follows a larger socket.request.max.bytes: one request must always fit. */
    private long queuedMaxBytes() {
        long bytes = longNumber("queued.max.request.bytes");
        return given.containsKey("queued.max.request.bytes")
                ? bytes
                : Math.max(bytes, number("socket.request.max.bytes"));
    }

    private static Map<String, Integer> connectionsOverrides(String setting) {
        var overrides = new HashMap<String, Integer>();
        for (String entry : setting.split(",", -1)) {
            int colon = entry.lastIndexOf(':');
            if (entry.isBlank()) {
                continue;
            }
            if (colon < 1 || !entry.substring(colon + 1).trim().matches("[0-9]{1,9}")) {
                throw new InvalidSettingException(
                        "max.connections.per.ip.overrides: \"" + entry.trim() + "\" is not of the form HOST:COUNT.");
            }
            overrides.put(
                    entry.substring(0, colon).trim(),
                    Integer.parseInt(entry.substring(colon + 1).trim()));
        }
        return Map.copyOf(overrides);
    }

    private void requireConsistent() {
        if (requests.queuedMaxBytes > 0 && requests.queuedMaxBytes < requests.maxBytes) {
            throw new InvalidSettingException("queued.max.request.bytes (" + requests.queuedMaxBytes
                    + ") must not be less than socket.request.max.bytes (" + requests.maxBytes + ").");
        }
        if (groups.minSessionTimeoutMs > groups.maxSessionTimeoutMs) {
            throw new InvalidSettingException("group.min.session.timeout.ms (" + groups.minSessionTimeoutMs
                    + ") must not be more than group.max.session.timeout.ms (" + groups.maxSessionTimeoutMs + ").");
        }
    }
}
