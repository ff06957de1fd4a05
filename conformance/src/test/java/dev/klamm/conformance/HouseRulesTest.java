package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the house agreed on and no compiler checks: who knows whom, how files look, what must not be in them. */
final class HouseRulesTest {
    /** By module, the packages below dev.klamm that it may name. What is missing here fails, so that it gets decided. */
    private static final Map<String, Set<String>> MODULES = Map.of(
            "log", Set.of("log"),
            "broker", Set.of("broker", "log"),
            "server", Set.of("server", "broker", "log"),
            // log: for the two commands that look into data directories, by its classes that read and change nothing.
            // examples: the demo of Kafka Streams runs the topologies that a reader finds there.
            "cli", Set.of("cli", "server", "log", "examples"),
            "examples", Set.of("examples"),
            "bench", Set.of("bench", "broker", "log", "server"),
            "conformance", Set.of("conformance", "cli"));

    /**
     * The direction inside the broker: net -> api -> {topic, group, txn} -> coordinator -> log; config is a leaf that all may
     * use.
     */
    private static final Map<String, Set<String>> BROKER_PACKAGES = Map.of(
            "net", Set.of("net", "api", "config"),
            "api", Set.of("api", "topic", "group", "txn", "config"),
            "group", Set.of("group", "coordinator", "topic", "config"),
            "txn", Set.of("txn", "coordinator", "topic", "config"),
            "coordinator", Set.of("coordinator"),
            "topic", Set.of("topic", "config"),
            "config", Set.of("config"));

    /** Tests that sleep, each for a reason that stands where it does. */
    private static final Set<String> SLEEPERS = Set.of("Eventually.java");

    private static final int MOST_LINES = 500;

    /** Longer than that; each to be cut in two. */
    private static final Set<String> TOO_LONG = Set.of("PartitionLog.java", "Journal.java");

    private static final Pattern PACKAGE = Pattern.compile("dev[.]klamm[.]([a-z]+)(?:[.]([a-z]+))?");
    private static final Pattern BANNED_NAME = Pattern.compile(".*(Utils?|Manager|Helper|Impl)[.]java");
    private static final Pattern SLEEP = Pattern.compile("Thread[.]sleep[(]");
    private static final Pattern REGISTRY = Pattern.compile(
            "registry[.]npmjs|registry[.]yarnpkg|repo1?[.]maven|maven[.]org/maven2|central[.]sonatype|repository[.]apache[.]org"
                + "|pypi[.]org|pythonhosted[.]org|deb[.]debian|packages[.]adoptium|\"resolved\"\\s*:");

    private static final List<Path> FILES = tracked();

    @Test
    void modulesKnowOnlyWhomTheyMay() throws IOException {
        List<String> violations = new ArrayList<>();
        for (Path file : java("src/main", "src/test")) {
            Set<String> allowed = allowed(file);
            for (Matcher name = PACKAGE.matcher(read(file)); name.find(); ) {
                if (!allowed.contains(name.group(1))) {
                    violations.add(file + " names " + name.group());
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    private static Set<String> allowed(Path file) {
        Set<String> allowed = new HashSet<>(MODULES.getOrDefault(file.getName(0).toString(), Set.of()));
        if (file.toString().contains("src/test")) {
            // Until there is a testkit, the broker's own test fixture is what starts a broker in other modules' tests.
            allowed.add("broker");
        }
        return allowed;
    }

    @Test
    void packagesOfTheBrokerKnowOnlyThoseBelow() throws IOException {
        Path root = Path.of("broker/src/main/java/dev/klamm/broker");
        List<String> violations = new ArrayList<>();
        for (Path file : java("src/main")) {
            if (!file.startsWith(root) || file.getNameCount() != root.getNameCount() + 2) {
                continue;
            }
            Set<String> allowed = BROKER_PACKAGES.getOrDefault(
                    file.getName(root.getNameCount()).toString(), Set.of());
            for (Matcher name = PACKAGE.matcher(read(file)); name.find(); ) {
                if (name.group(1).equals("broker") && name.group(2) != null && !allowed.contains(name.group(2))) {
                    violations.add(file + " names " + name.group());
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void javaFilesAreFormatted() throws IOException {
        Formatter formatter = Formatter.createFormatter(
                JavaFormatterOptions.builder().style(Style.PALANTIR).build());
        List<String> violations = new ArrayList<>();
        for (Path file : java("src/main", "src/test")) {
            try {
                String source = read(file);
                if (!formatter.formatSourceAndFixImports(source).equals(source)) {
                    violations.add(file + ": run dev/format");
                }
            } catch (FormatterException e) {
                violations.add(file + ": " + e.getMessage());
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void noFileNamesAPackageRegistry() throws IOException {
        List<String> violations = new ArrayList<>();
        for (Path file : FILES) {
            Matcher address = REGISTRY.matcher(read(file));
            if (address.find()) {
                violations.add(file + " has " + address.group());
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        assertThat(FILES.stream().map(file -> file.getFileName().toString()))
                .noneMatch(name -> BANNED_NAME.matcher(name).matches());
    }

    @Test
    void testsWaitForWhatTheyWantInsteadOfSleeping() throws IOException {
        List<Path> violations = new ArrayList<>();
        for (Path file : java("src/test")) {
            if (SLEEP.matcher(read(file)).find()
                    && !SLEEPERS.contains(file.getFileName().toString())) {
                violations.add(file);
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void noSourceIsTooLongToRead() throws IOException {
        List<String> violations = new ArrayList<>();
        for (Path file : FILES) {
            long lines = file.toString().matches(".*[.](java|js|py)")
                    ? read(file).lines().count()
                    : 0;
            if (lines > MOST_LINES && !TOO_LONG.contains(file.getFileName().toString())) {
                violations.add(file + " has " + lines + " lines");
            }
        }
        assertThat(violations).isEmpty();
    }

    private static List<Path> java(String... roots) {
        return FILES.stream()
                .filter(file -> file.toString().endsWith(".java"))
                .filter(file ->
                        Stream.of(roots).anyMatch(root -> file.toString().contains("/" + root + "/")))
                .toList();
    }

    /** All files that git knows or would add, relative to the root. */
    private static List<Path> tracked() {
        return Program.start(List.of("git", "-C", Repository.ROOT.toString(), "ls-files", "-co", "--exclude-standard"))
                .awaitSuccess()
                .stream()
                .map(Path::of)
                .filter(file -> Files.isRegularFile(Repository.ROOT.resolve(file)))
                .toList();
    }

    /** Empty for a file that is not text. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(Repository.ROOT.resolve(file));
        } catch (MalformedInputException e) {
            return "";
        }
    }
}
