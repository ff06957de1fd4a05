package dev.klamm.broker.config;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * One setting of Kafka's, of a broker, a topic or a group. The types and their texts are those of kafka-clients'
 * {@link ConfigDef}, so that a refused value is refused in Kafka's words.
 *
 * @param defaultValue as text; null if the setting has none
 * @param update whether a running broker takes a new value
 * @param synonyms of a topic setting: the broker settings that give its default, the strongest first
 * @param honoured false: Kafka knows it, it has no meaning here (yet), and setting it changes nothing
 */
public record Setting(
        String name,
        ConfigDef.Type type,
        @Nullable String defaultValue,
        ConfigDef.@Nullable Validator allowed,
        Update update,
        List<Synonym> synonyms,
        boolean honoured,
        String documentation) {

    /** Kafka's "dynamic update mode". */
    public enum Update {
        READ_ONLY,
        PER_BROKER,
        CLUSTER_WIDE
    }

    /** @param factor what a value of the broker setting is multiplied with to be one of the topic setting; 1 for none */
    public record Synonym(String name, long factor) {

        /** The unit is in the name, as Kafka has it: all durations of topics are in ms. */
        static Synonym of(String name) {
            if (name.endsWith(".hours")) {
                return new Synonym(name, 3_600_000);
            }
            return new Synonym(name, name.endsWith(".minutes") ? 60_000 : 1);
        }

        /** The broker setting's value as one of the topic setting. Kafka takes any retention below 0 for no limit. */
        public String convert(String value) {
            if (factor == 1 && !name.equals("log.retention.ms")) {
                return value;
            }
            return Long.toString(Math.max(-1, Long.parseLong(value.trim()) * factor));
        }
    }

    /** One of a topic or a group, which the whole cluster has. */
    static Setting clusterWide(
            String name,
            ConfigDef.Type type,
            @Nullable String defaultValue,
            ConfigDef.@Nullable Validator allowed,
            boolean honoured,
            String documentation,
            String... synonyms) {
        List<Synonym> brokerSettings = Arrays.stream(synonyms).map(Synonym::of).toList();
        return new Setting(
                name, type, defaultValue, allowed, Update.CLUSTER_WIDE, brokerSettings, honoured, documentation);
    }

    public boolean isSensitive() {
        return type == ConfigDef.Type.PASSWORD;
    }

    public boolean isList() {
        return type == ConfigDef.Type.LIST;
    }

    public boolean isReadOnly() {
        return update == Update.READ_ONLY;
    }

    /**
     * A value in the form in which it is shown: a list without spaces, for one.
     *
     * @param value one that {@link #parse} takes
     */
    public @Nullable String shown(@Nullable String value) {
        return isSensitive() || value == null ? null : ConfigDef.convertToString(parse(value), parsedAs());
    }

    /**
     * The value as {@link ConfigDef.Type} has it: Integer, Long, String, Boolean, List of strings.
     *
     * @throws ConfigException with Kafka's words, if it isn't one
     */
    public @Nullable Object parse(@Nullable String value) {
        Object parsed = ConfigDef.parseType(name, value, parsedAs());
        if (allowed != null) {
            allowed.ensureValid(name, parsed);
        }
        return parsed;
    }

    /** Kafka's classes are not here to be loaded: their names are kept as they are. */
    private ConfigDef.Type parsedAs() {
        return type == ConfigDef.Type.CLASS ? ConfigDef.Type.STRING : type;
    }
}
