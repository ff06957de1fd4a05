package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs what people run, for the JVM to watch: what it sees goes into the cache that makes later starts fast. The launcher
 * calls this after a build, and does without the cache if it fails.
 */
final class StartupTraining {

    private static final Pattern READY = Pattern.compile("kafka://(\\S+)");
    private static final List<String> COMMANDS = List.of(
            "topic create training --partitions 2",
            "produce training --key-separator :",
            "consume training --exit-at-end",
            "consume training --exit-at-end --group trained -o json",
            "topic list",
            "topic describe training",
            "topic alter training --set retention.ms=3600000",
            "config describe --topic training",
            "group list",
            "group describe trained",
            "group reset-offsets trained --all-topics --to beginning",
            "demo rides --rides 2000 --rate max --partitions 2 --consumers 2",
            "topic delete training");

    private StartupTraining() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        var said = new PipedReader();
        var announcement = new PrintWriter(new PipedWriter(said));
        var broker = new Thread(() -> Klamm.run(console(announcement), "up", "--ephemeral", "--kafka-port", "0"));
        broker.setDaemon(true);
        broker.start();
        String address = address(new BufferedReader(said));
        for (String command : COMMANDS) {
            String[] words = (command + " --bootstrap-server " + address).split(" ", -1);
            if (Klamm.run(console(new PrintWriter(Writer.nullWriter())), words) != 0) {
                System.err.println("failed: klamm " + command);
            }
        }
        broker.interrupt();
        broker.join();
    }

    private static String address(BufferedReader said) throws IOException {
        String line = said.readLine();
        Matcher ready = READY.matcher(String.valueOf(line));
        if (!ready.find()) {
            throw new IllegalStateException("the broker did not start");
        }
        return ready.group(1);
    }

    private static Console console(PrintWriter out) {
        var in = new ByteArrayInputStream("1:one\n2:two\n".getBytes(UTF_8));
        var err = new PrintWriter(new OutputStreamWriter(System.err, UTF_8), true);
        return new Console(in, out, err, false, false, false, Console.DEFAULT_WIDTH);
    }
}
