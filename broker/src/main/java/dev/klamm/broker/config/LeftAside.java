package dev.klamm.broker.config;

import dev.klamm.broker.config.Setting.Update;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/**
 * The broker settings that Kafka 4.3 knows and Klamm has no use for, read when this class is first used.
 *
 * <p>The resource has a line for each: name, type, default ("null": none), update mode, separated by tabs.
 */
final class LeftAside {
    static final Map<String, Setting> BY_NAME = read("left-aside.tsv");

    static final String DOCUMENTATION = "Known to Kafka; changes nothing in Klamm.";

    private LeftAside() {}

    static Setting setting(String name, ConfigDef.Type type, @Nullable String defaultValue, Update update) {
        return new Setting(name, type, defaultValue, null, update, List.of(), false, DOCUMENTATION);
    }

    /** Of a listener or a plug-in. Nobody says of which type it is, so it may be a password and is never shown. */
    static Setting unlisted(String name) {
        return setting(name, ConfigDef.Type.PASSWORD, null, Update.READ_ONLY);
    }

    private static Map<String, Setting> read(String resource) {
        var settings = new HashMap<String, Setting>();
        try (InputStream in = LeftAside.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the jar");
            }
            var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] field = line.split("\t", -1);
                Update update = Update.valueOf(field[3].replace('-', '_').toUpperCase(Locale.ROOT));
                String defaultValue = field[2].equals("null") ? null : field[2];
                settings.put(field[0], setting(field[0], ConfigDef.Type.valueOf(field[1]), defaultValue, update));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return settings;
    }
}
