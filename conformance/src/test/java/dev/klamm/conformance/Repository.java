package dev.klamm.conformance;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are in the checked-out repository. */
final class Repository {
    static final Path ROOT = root();
    static final Path JS = ROOT.resolve("conformance/src/test/js");
    static final Path PYTHON = ROOT.resolve("conformance/src/test/python");

    /** The jars of the command line and of all that it needs, as the launcher runs them. */
    static final Path KLAMM_JARS = ROOT.resolve("cli/target/klamm/lib");

    /** Data directories and logs stay here after the tests, to look at after a failure. */
    static final Path BROKERS = ROOT.resolve("conformance/target/brokers");

    private Repository() {}

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        for (Path directory = here; directory != null; directory = directory.getParent()) {
            if (Files.exists(directory.resolve("dev/format"))) {
                return directory;
            }
        }
        throw new IllegalStateException(here + " is not in a checkout of Klamm");
    }
}
