package dev.klamm.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;

/** Runs what people run, for the JVM to watch: what it sees goes into the cache that makes later starts fast. */
final class StartupTraining {

    private StartupTraining() {}

    public static void main(String[] args) {
        var nowhere = new PrintWriter(Writer.nullWriter());
        var console = new Console(InputStream.nullInputStream(), nowhere, nowhere, false, false, false, 80);
        Klamm.run(console, "--help");
        Klamm.run(console, "topic", "list");
    }
}
