package dev.klamm.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import dev.klamm.broker.config.Setting.Update;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/**
 * Every broker setting of Apache Kafka 4.3. Those that Klamm honours stand here; the others stand in a resource that is read
 * only when somebody names one of them or wants to see them all.
 */
public final class Settings {
    private static final Map<String, Setting> HONOURED = new HashMap<>(128);

    private static final Pattern LISTENER_PREFIX = Pattern.compile("listener\\.name\\.[^.]+\\.(.+)");

    /** Names that plug-ins of Kafka's read and that no catalogue lists. */
    private static final List<String> PLUGIN_PREFIXES = List.of(
            "rlmm.config.",
            "rsm.config.",
            "remote.log.metadata.",
            "config.providers.",
            "metrics.context.",
            "ssl.",
            "sasl.",
            "confluent.");

    static {
        define(
                "node.id",
                ConfigDef.Type.INT,
                "1",
                atLeast(0),
                "The number that this broker goes by. Differs from Kafka: need not be set.");
        define(
                "listeners",
                ConfigDef.Type.LIST,
                "PLAINTEXT://127.0.0.1:9092",
                null,
                "Where clients connect: NAME://HOST:PORT, separated by commas; port 0 takes a free one, an empty host"
                        + " listens on every address. Differs from Kafka: loopback only unless set.");
        define(
                "advertised.listeners",
                ConfigDef.Type.LIST,
                null,
                null,
                "The addresses that clients are told to connect to. Differs from Kafka: unless set, a client is told"
                        + " the address that it came in by.");
        define(
                "listener.security.protocol.map",
                ConfigDef.Type.STRING,
                "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
                null,
                "Which security protocol a listener speaks, by its name. Klamm serves PLAINTEXT.");
        define(
                "controller.listener.names",
                ConfigDef.Type.LIST,
                null,
                null,
                "Listeners that a controller would have; Klamm needs none and does not open them.");
        define("log.dirs", ConfigDef.Type.LIST, null, null, "The data directory. Differs from Kafka: one alone.");
        define("log.dir", ConfigDef.Type.LIST, null, null, "The data directory, if log.dirs is not set.");
        define(
                "socket.request.max.bytes",
                ConfigDef.Type.INT,
                "104857600",
                atLeast(1),
                "The longest request that is read; a client that announces a longer one is disconnected.");
        define(
                "socket.listen.backlog.size",
                ConfigDef.Type.INT,
                "1024",
                atLeast(1),
                "How many connections may wait to be accepted. Differs from Kafka: 1024 instead of 50, beyond which a"
                        + " client waits a second before it tries again.");
        define(
                "max.connections",
                ConfigDef.Type.INT,
                "2147483647",
                atLeast(0),
                "How many connections may be open at a time.");
        define(
                "max.connections.per.ip",
                ConfigDef.Type.INT,
                "2147483647",
                atLeast(0),
                "How many connections may be open at a time from one address.");
        define(
                "max.connections.per.ip.overrides",
                ConfigDef.Type.STRING,
                "",
                null,
                "The same for single addresses: HOST:COUNT, separated by commas.");
        define(
                "connections.max.idle.ms",
                ConfigDef.Type.LONG,
                "600000",
                null,
                "A connection that is silent for so long is closed.");
        define(
                "queued.max.request.bytes",
                ConfigDef.Type.LONG,
                "104857600",
                null,
                "Memory for request bodies, all connections together. Differs from Kafka: bounded unless set to -1.");
        define(
                "num.partitions",
                ConfigDef.Type.INT,
                "1",
                atLeast(1),
                "Partitions of a topic that is created without saying how many.");
        define(
                "auto.create.topics.enable",
                ConfigDef.Type.BOOLEAN,
                "true",
                null,
                "Whether a topic is created when a client first asks for it.");
        define("delete.topic.enable", ConfigDef.Type.BOOLEAN, "true", null, "Whether topics can be deleted.");
        define(
                "fetch.max.bytes",
                ConfigDef.Type.INT,
                "57671680",
                atLeast(1024),
                "The longest answer to a fetch, whatever the client asks for.");
        define(
                "max.incremental.fetch.session.cache.slots",
                ConfigDef.Type.INT,
                "1000",
                atLeast(0),
                "How many fetch sessions are kept.");
        define(
                "max.request.partition.size.limit",
                ConfigDef.Type.INT,
                "2000",
                atLeast(1),
                "The most partitions in one answer to DescribeTopicPartitions.");
        define(
                "producer.id.expiration.ms",
                ConfigDef.Type.INT,
                "86400000",
                atLeast(1),
                "How long the last sequence of an idle producer is remembered.");
        define(
                "group.initial.rebalance.delay.ms",
                ConfigDef.Type.INT,
                "0",
                null,
                "How long the first members of a new group are waited for. Differs from Kafka: 0 instead of 3"
                        + " seconds.");
        define(
                "group.min.session.timeout.ms",
                ConfigDef.Type.INT,
                "6000",
                null,
                "The shortest session timeout that a group member may ask for.");
        define(
                "group.max.session.timeout.ms",
                ConfigDef.Type.INT,
                "1800000",
                null,
                "The longest session timeout that a group member may ask for.");
        define("group.max.size", ConfigDef.Type.INT, "2147483647", atLeast(1), "The most members of a group.");
        ConsumerGroupSettings.ALL.forEach(setting -> HONOURED.put(setting.name(), setting));
        define(
                "offset.metadata.max.bytes",
                ConfigDef.Type.INT,
                "4096",
                null,
                "The longest text that may be stored with a committed offset.");
        define(
                "offsets.topic.num.partitions",
                ConfigDef.Type.INT,
                "50",
                atLeast(1),
                "Partitions of __consumer_offsets; not to be changed once it exists.");
        define(
                "offsets.topic.segment.bytes",
                ConfigDef.Type.INT,
                "104857600",
                atLeast(1),
                "Size of the segment files of __consumer_offsets.");
        define(
                "offsets.retention.minutes",
                ConfigDef.Type.INT,
                "10080",
                atLeast(1),
                "How long the committed offsets of a group without members are kept.");
        define(
                "offsets.retention.check.interval.ms",
                ConfigDef.Type.LONG,
                "600000",
                atLeast(1),
                "How often committed offsets are looked through for those past their retention.");
        define(
                "log.retention.check.interval.ms",
                ConfigDef.Type.LONG,
                "300000",
                atLeast(1),
                "How often every log is looked at for segments past their retention.");
        define(
                "log.initial.task.delay.ms",
                ConfigDef.Type.LONG,
                "30000",
                atLeast(0),
                "How long after the start logs are first looked at for segments past their retention.");
        define(
                "klamm.scrub.bytes.per.second",
                ConfigDef.Type.LONG,
                "4194304",
                atLeast(0),
                "How fast segment files are read in the background to find damage; 0 for not at all. Klamm's own.");
        defineTransactions();
        defineCleaner();
        for (Setting topic : TopicSettings.all()) {
            defineDefaultOf(topic);
        }
    }

    private Settings() {}

    private static void defineTransactions() {
        define(
                "transaction.max.timeout.ms",
                ConfigDef.Type.INT,
                "900000",
                atLeast(1),
                "The longest time-out that a transactional producer may ask for.");
        define(
                "transactional.id.expiration.ms",
                ConfigDef.Type.INT,
                "604800000",
                atLeast(1),
                "How long a transactional id is remembered that nobody uses.");
        define(
                "transaction.remove.expired.transaction.cleanup.interval.ms",
                ConfigDef.Type.INT,
                "3600000",
                atLeast(1),
                "How often transactional ids are looked through for those that nobody uses.");
        define(
                "transaction.two.phase.commit.enable",
                ConfigDef.Type.BOOLEAN,
                "false",
                null,
                "Whether producers may have transactions without a time-out (KIP-939).");
        defineChangeable(
                "transaction.partition.verification.enable",
                ConfigDef.Type.BOOLEAN,
                "true",
                null,
                "Whether a write of an older client is checked to be part of its transaction.");
        define(
                "transaction.state.log.num.partitions",
                ConfigDef.Type.INT,
                "50",
                atLeast(1),
                "Partitions of __transaction_state; not to be changed once it exists.");
        define(
                "transaction.state.log.segment.bytes",
                ConfigDef.Type.INT,
                "104857600",
                atLeast(1),
                "Size of the segment files of __transaction_state.");
        define(
                "transaction.state.log.min.isr",
                ConfigDef.Type.INT,
                "2",
                atLeast(1),
                "The min.insync.replicas of __transaction_state, for when an Apache Kafka takes over.");
    }

    /** Of compaction as a whole. Those of Kafka's that begin alike and are the defaults of topic settings come with them. */
    private static void defineCleaner() {
        define(
                "log.cleaner.enable",
                ConfigDef.Type.BOOLEAN,
                "true",
                null,
                "Whether compacted topics are compacted; if not, they only grow.");
        defineChangeable(
                "log.cleaner.threads",
                ConfigDef.Type.INT,
                "1",
                atLeast(0),
                "Kept and described: one log is compacted at a time, whatever it says.");
        defineChangeable(
                "log.cleaner.dedupe.buffer.size",
                ConfigDef.Type.LONG,
                "134217728",
                null,
                "Memory for the keys that compaction has met, all threads together: 24 bytes for each key.");
        defineChangeable(
                "log.cleaner.io.buffer.load.factor",
                ConfigDef.Type.DOUBLE,
                "0.9",
                null,
                "Which part of the memory for keys is filled, 0 to 1.");
        defineChangeable(
                "log.cleaner.io.buffer.size",
                ConfigDef.Type.INT,
                "524288",
                atLeast(0),
                "Memory for reading and writing while logs are compacted, all threads together.");
        defineChangeable(
                "log.cleaner.io.max.bytes.per.second",
                ConfigDef.Type.DOUBLE,
                "1.7976931348623157E308",
                null,
                "How many bytes compaction reads and writes in a second, all threads together.");
        defineChangeable(
                "log.cleaner.backoff.ms",
                ConfigDef.Type.LONG,
                "15000",
                atLeast(0),
                "How long compaction waits when it has found nothing to do.");
    }

    /** Settings that change what Klamm does, sorted by name. */
    public static Collection<Setting> honoured() {
        return new TreeMap<>(HONOURED).values();
    }

    /** Every setting that Kafka lists, sorted by name. */
    public static Collection<Setting> all() {
        var all = new TreeMap<>(LeftAside.BY_NAME);
        all.putAll(HONOURED);
        return all.values();
    }

    /**
     * The setting of this name, honoured or not; also {@code listener.name.NAME.SETTING} and what Kafka's plug-ins read. Empty if
     * Kafka 4.3 does not know it.
     */
    public static Optional<Setting> find(String name) {
        Setting honoured = HONOURED.get(name);
        if (honoured != null) {
            return Optional.of(honoured);
        }
        Setting leftAside = LeftAside.BY_NAME.get(name);
        if (leftAside != null) {
            return Optional.of(leftAside);
        }
        Matcher listener = LISTENER_PREFIX.matcher(name);
        if (listener.matches() || PLUGIN_PREFIXES.stream().anyMatch(name::startsWith)) {
            return Optional.of(LeftAside.unlisted(name));
        }
        return Optional.empty();
    }

    /** Of all the names that Kafka knows, the one with the fewest letters to change. */
    public static String nearest(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        var names = new ArrayList<String>();
        all().forEach(setting -> names.add(setting.name()));
        return names.stream()
                .min(Comparator.comparingInt(candidate -> distance(wanted, candidate)))
                .orElseThrow();
    }

    /** The edit distance of Levenshtein, one row at a time. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    static Setting honoured(String name) {
        Setting setting = HONOURED.get(name);
        if (setting == null) {
            throw new IllegalArgumentException(name);
        }
        return setting;
    }

    private static void define(
            String name,
            ConfigDef.Type type,
            @Nullable String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            String documentation) {
        HONOURED.put(
                name, new Setting(name, type, defaultValue, allowed, Update.READ_ONLY, List.of(), true, documentation));
    }

    /** One that a running broker takes a new value of. */
    private static void defineChangeable(
            String name,
            ConfigDef.Type type,
            String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            String documentation) {
        HONOURED.put(
                name,
                new Setting(name, type, defaultValue, allowed, Update.CLUSTER_WIDE, List.of(), true, documentation));
    }

    /** The broker settings that a topic setting's default comes from. The weakest, the last, has a default itself. */
    private static void defineDefaultOf(Setting topic) {
        int last = topic.synonyms().size() - 1;
        for (int i = 0; i <= last; i++) {
            Setting.Synonym synonym = topic.synonyms().get(i);
            boolean coarser = synonym.factor() > 1;
            boolean fixed = coarser || synonym.name().equals("log.flush.scheduler.interval.ms");
            HONOURED.put(
                    synonym.name(),
                    new Setting(
                            synonym.name(),
                            coarser ? ConfigDef.Type.INT : topic.type(),
                            i == last ? inUnitOf(synonym, topic.defaultValue()) : null,
                            // A value of null, which stands for the weaker ones, is none that Kafka's validators take.
                            last == 0 ? topic.allowed() : null,
                            fixed ? Update.READ_ONLY : Update.CLUSTER_WIDE,
                            List.of(),
                            topic.honoured(),
                            "The default of the topic setting " + topic.name()
                                    + (coarser ? ", in " + unit(synonym) : "") + "."));
        }
    }

    private static @Nullable String inUnitOf(Setting.Synonym synonym, @Nullable String value) {
        return value == null || synonym.factor() == 1 ? value : Long.toString(Long.parseLong(value) / synonym.factor());
    }

    private static String unit(Setting.Synonym synonym) {
        return synonym.factor() == 60_000 ? "minutes" : "hours";
    }
}
