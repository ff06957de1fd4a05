package dev.klamm.conformance;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Klamm from the jars of this build. */
record KlammDistribution() implements Distribution {
    /** Those of the launcher, and more from {@code -Dconformance.jvm}, separated by blanks. */
    private static final List<String> FLAGS = Stream.concat(
                    Stream.of("-XX:+UseCompactObjectHeaders", "-Xms16m", "-Xmx512m"),
                    Stream.of(System.getProperty("conformance.jvm", "").split(" "))
                            .filter(flag -> !flag.isEmpty()))
            .toList();

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
        return Program.javaCommand(classPath(), FLAGS, "dev.klamm.cli.Klamm", arguments);
    }

    /** In the launcher's order and spelling, as a cache of a start (-XX:AOTCache) wants it. */
    private static String classPath() {
        try (Stream<Path> jars = Files.list(Repository.KLAMM_JARS)) {
            return jars.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Pattern ready() {
        return Pattern.compile("ready.*kafka://(\\S+:\\d+)");
    }
}
