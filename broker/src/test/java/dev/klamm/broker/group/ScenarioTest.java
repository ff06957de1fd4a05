package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the scenarios in {@code src/test/resources/groups}: each command stands above a line of dashes, what comes of it
 * below. With {@code -Dscenarios.rewrite=true} the files are written anew from what happens, to be read and compared.
 */
class ScenarioTest {
    private static final Path DIRECTORY = Path.of("src/test/resources/groups");
    private static final boolean REWRITE = Boolean.getBoolean("scenarios.rewrite");

    @TestFactory
    Stream<DynamicTest> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> run(file)));
        }
    }

    private static void run(Path file) throws IOException {
        String expected = Files.readString(file);
        String actual = replayed(expected);
        if (REWRITE) {
            Files.writeString(file, actual);
        }
        assertThat(actual).isEqualTo(expected);
    }

    /** The same file with what happens now in the place of what was expected. */
    private static String replayed(String script) {
        var scenario = new Scenario();
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
                scenario.run(line).forEach(event -> out.append(event).append('\n'));
                skipsExpected = true;
            }
        }
        return out.toString();
    }
}
