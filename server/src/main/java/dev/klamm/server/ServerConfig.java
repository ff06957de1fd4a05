package dev.klamm.server;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.InvalidSettingException;
import dev.klamm.broker.config.Listener;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a server is started with.
 *
 * @param data where its data is
 */
record ServerConfig(BrokerConfig broker, Path data) {

    private static final Path DEFAULT_DATA = Path.of("klamm-data");

    /**
     * Brings together, the strongest first: options of the command line, {@code --set}, the file, defaults.
     *
     * @param file in the form of Kafka's server.properties
     * @param port of the first listener; 0 is any free one
     * @throws InvalidSettingException one sentence for the user
     */
    static ServerConfig of(@Nullable Path file, Map<String, String> set, @Nullable Path data, @Nullable Integer port) {
        Map<String, String> settings = new HashMap<>();
        if (file != null) {
            settings.putAll(read(file));
        }
        settings.putAll(set);
        BrokerConfig config = BrokerConfig.of(settings);
        if (port != null) {
            settings.put("listeners", withFirstPort(config.connections().listeners(), port));
            config = BrokerConfig.of(settings);
        }
        Path directory = data != null ? data : config.dataDirectory().orElse(DEFAULT_DATA);
        return new ServerConfig(config, directory.toAbsolutePath().normalize());
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new InvalidSettingException(
                    "Can't read the configuration " + file + ": it is not there, or not text.");
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(file + " is not in the form of server.properties: " + e.getMessage());
        }
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(
                        name -> name, name -> properties.getProperty(name).strip()));
    }

    private static String withFirstPort(List<Listener> listeners, int port) {
        Listener first = listeners.getFirst();
        return Stream.concat(
                        Stream.of(new Listener(first.name(), first.host(), port)),
                        listeners.stream().skip(1))
                .map(Listener::toString)
                .collect(Collectors.joining(","));
    }
}
