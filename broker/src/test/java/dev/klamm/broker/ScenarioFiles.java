package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Scenarios as text: each command stands above a line of dashes, what comes of it below. With
 * {@code -Dscenarios.rewrite=true} the files are written anew from what happens, to be read and compared.
 */
public final class ScenarioFiles {
    private static final boolean REWRITE = Boolean.getBoolean("scenarios.rewrite");

    private ScenarioFiles() {}

    /** @param scenario makes, for each file, what runs a command and returns what came of it, a line each */
    public static Stream<DynamicTest> tests(Path directory, Supplier<Function<String, List<String>>> scenario)
            throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file ->
                            DynamicTest.dynamicTest(file.getFileName().toString(), () -> run(file, scenario.get())));
        }
    }

    private static void run(Path file, Function<String, List<String>> scenario) throws IOException {
        String expected = Files.readString(file);
        String actual = replayed(expected, scenario);
        if (REWRITE) {
            Files.writeString(file, actual);
        }
        assertThat(actual).isEqualTo(expected);
    }

    /** The same file with what happens now in the place of what was expected. */
    private static String replayed(String script, Function<String, List<String>> scenario) {
        var out = new StringBuilder();
        boolean skipsExpected = false;
        for (String line : script.lines().toList()) {
            if (line.isBlank()) {
                skipsExpected = false;
                out.append('\n');
            } else if (line.startsWith("#")) {
                out.append(line).append('\n');
            } else if (!skipsExpected && !line.equals("----")) {
                out.append(line).append("\n----\n");
                scenario.apply(line).forEach(event -> out.append(event).append('\n'));
                skipsExpected = true;
            }
        }
        return out.toString();
    }
}
