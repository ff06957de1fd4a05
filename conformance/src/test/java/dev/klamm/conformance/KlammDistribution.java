package dev.klamm.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Klamm from the jars of this build. */
record KlammDistribution() implements Distribution {
    private static final List<String> FLAGS = List.of("-XX:+UseCompactObjectHeaders", "-Xms16m");

    @Override
    public void prepare(Path directory, int port, Map<String, String> settings) {
        if (!Files.isDirectory(Repository.KLAMM_JARS)) {
            throw new IllegalStateException(
                    Repository.KLAMM_JARS + " is missing: `mvn package` makes it, `mvn test` does not");
        }
    }

    @Override
    public List<String> command(Path directory, int port, Map<String, String> settings) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(
                "up",
                "--data",
                Distribution.logDirectory(directory).toString(),
                "--kafka-port",
                Integer.toString(port)));
        settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        return Program.javaCommand(Repository.KLAMM_JARS + "/*", FLAGS, "dev.klamm.cli.Klamm", arguments);
    }

    @Override
    public Pattern ready() {
        return Pattern.compile("ready.*kafka://(\\S+:\\d+)");
    }
}
