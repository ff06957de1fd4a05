package dev.klamm.conformance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A broker that the tests can be run against: how to start it as a process on a directory. */
sealed interface Distribution permits KlammDistribution, KafkaDistribution {
    /** The one that {@code -Dconformance.broker} names. */
    static Distribution underTest() {
        String name = System.getProperty("conformance.broker", "klamm");
        return switch (name) {
            case "klamm" -> new KlammDistribution();
            case "kafka" -> new KafkaDistribution();
            default -> throw new IllegalArgumentException("-Dconformance.broker is klamm or kafka, not " + name);
        };
    }

    /** Makes the directory ready for {@link #command}; done before each start. */
    void prepare(Path directory, int port, Map<String, String> settings);

    /** @param port 0 for any free one, which the line that {@link #ready} finds then names */
    List<String> command(Path directory, int port, Map<String, String> settings);

    /** Found in the line of standard output that says that clients may come; its group 1, if any, is HOST:PORT. */
    Pattern ready();

    /** Where the folders of the partitions are: the same for both, so that one can take over from the other. */
    static Path logDirectory(Path directory) {
        return directory.resolve("data");
    }
}
