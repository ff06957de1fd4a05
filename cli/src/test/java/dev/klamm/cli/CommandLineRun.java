package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a command said and how it ended, as its user sees it.
 *
 * @param out lines on standard output
 * @param err lines on standard error
 */
record CommandLineRun(int status, List<String> out, List<String> err) {

    /** Runs {@code klamm} with these words, nothing to read, and no terminal. */
    static CommandLineRun klamm(String... words) {
        return klammReading("", words);
    }

    static CommandLineRun klammReading(String input, String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        var in = new ByteArrayInputStream(input.getBytes(UTF_8));
        var console = new Console(in, new PrintWriter(out), new PrintWriter(err), false, false, false, 100);
        int status = Klamm.run(console, words);
        console.flush();
        return new CommandLineRun(
                status, out.toString().lines().toList(), err.toString().lines().toList());
    }

    /** For commands that talk to a cluster. */
    static CommandLineRun klammAt(String bootstrap, String... words) {
        return klamm(with(bootstrap, words));
    }

    static String[] with(String bootstrap, String... words) {
        return Stream.concat(Stream.of(words), Stream.of("--bootstrap-server", bootstrap))
                .toArray(String[]::new);
    }
}
