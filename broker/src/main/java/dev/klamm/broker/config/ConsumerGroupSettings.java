package dev.klamm.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import dev.klamm.broker.config.Setting.Update;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.CaseInsensitiveValidString;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigException;

/** The broker settings of the new consumer groups (KIP-848): {@code group.consumer.*}. */
final class ConsumerGroupSettings {
    static final List<Setting> ALL = List.of(
            setting(
                    "group.consumer.session.timeout.ms",
                    INT,
                    "45000",
                    atLeast(1),
                    "How long a member of a consumer group may be silent before it is given up."),
            setting(
                    "group.consumer.min.session.timeout.ms",
                    INT,
                    "45000",
                    atLeast(1),
                    "The shortest session timeout that a group may be given."),
            setting(
                    "group.consumer.max.session.timeout.ms",
                    INT,
                    "60000",
                    atLeast(1),
                    "The longest session timeout that a group may be given."),
            setting(
                    "group.consumer.heartbeat.interval.ms",
                    INT,
                    "5000",
                    atLeast(1),
                    "How often members of a consumer group are told to send heartbeats."),
            setting(
                    "group.consumer.min.heartbeat.interval.ms",
                    INT,
                    "5000",
                    atLeast(1),
                    "The shortest heartbeat interval that a group may be given."),
            setting(
                    "group.consumer.max.heartbeat.interval.ms",
                    INT,
                    "15000",
                    atLeast(1),
                    "The longest heartbeat interval that a group may be given."),
            new Setting(
                    "group.consumer.assignment.interval.ms",
                    INT,
                    "1000",
                    atLeast(0),
                    Update.CLUSTER_WIDE,
                    List.of(),
                    true,
                    "The least time between two target assignments of a group."),
            setting(
                    "group.consumer.min.assignment.interval.ms",
                    INT,
                    "0",
                    atLeast(0),
                    "The shortest assignment interval that a group may be given."),
            setting(
                    "group.consumer.max.assignment.interval.ms",
                    INT,
                    "15000",
                    atLeast(0),
                    "The longest assignment interval that a group may be given."),
            setting(
                    "group.consumer.max.size",
                    INT,
                    "2147483647",
                    atLeast(1),
                    "The most members of a group of the consumer protocol."),
            setting(
                    "group.consumer.assignors",
                    LIST,
                    "uniform,range",
                    ValidList.in(false, "uniform", "range"),
                    "The assignors that members may ask for; the first is that of members who ask for none."),
            setting(
                    "group.consumer.migration.policy",
                    STRING,
                    "bidirectional",
                    CaseInsensitiveValidString.in("bidirectional", "upgrade", "downgrade", "disabled"),
                    "Whether a group with members can go from the classic protocol to the consumer protocol (upgrade),"
                            + " back (downgrade), both (bidirectional), or neither (disabled)."),
            setting(
                    "group.consumer.regex.refresh.interval.ms",
                    INT,
                    "600000",
                    atLeast(10_000),
                    "How often the regular expressions of a group are matched with all topics anew, though no topic has"
                            + " changed."));

    private ConsumerGroupSettings() {}

    private static Setting setting(
            String name, ConfigDef.Type type, String defaultValue, ConfigDef.Validator allowed, String documentation) {
        return new Setting(name, type, defaultValue, allowed, Update.READ_ONLY, List.of(), true, documentation);
    }

    /**
     * The rules that tie these settings together, in Kafka's words.
     *
     * @throws ConfigException if the settings break one
     */
    static void require(BrokerConfig config) {
        requireWithin(config, "heartbeat.interval.ms");
        requireWithin(config, "session.timeout.ms");
        if (config.number("group.consumer.heartbeat.interval.ms")
                >= config.number("group.consumer.session.timeout.ms")) {
            throw new ConfigException(
                    "group.consumer.heartbeat.interval.ms must be less than group.consumer.session.timeout.ms");
        }
        requireWithin(config, "assignment.interval.ms");
    }

    private static void requireWithin(BrokerConfig config, String name) {
        requireAtLeast(config, "group.consumer.max." + name, "group.consumer.min." + name);
        requireAtLeast(config, "group.consumer." + name, "group.consumer.min." + name);
        if (config.number("group.consumer." + name) > config.number("group.consumer.max." + name)) {
            throw new ConfigException(
                    "group.consumer." + name + " must be less than or equal to group.consumer.max." + name);
        }
    }

    private static void requireAtLeast(BrokerConfig config, String larger, String smaller) {
        if (config.number(larger) < config.number(smaller)) {
            throw new ConfigException(larger + " must be greater than or equal to " + smaller);
        }
    }
}
