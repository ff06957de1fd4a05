package dev.klamm.cli;

import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.ExitCode;

/** {@code klamm demo rides --streams}: starts a run, shows it, and judges it. */
final class StreamsDemo {

    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private final Console console;
    private final Cluster cluster;
    private final Zones zones;
    private long movedNanos = System.nanoTime();
    private long moved;

    StreamsDemo(Console console, Cluster cluster, Zones zones) {
        this.console = console;
        this.cluster = cluster;
        this.zones = zones;
    }

    /** Returns the exit status. */
    int run(String name, int partitions, RideSource all, Pace pace) throws InterruptedException {
        ForwardRides rides = ForwardRides.of(all);
        if (rides.count() < all.count()) {
            console.err()
                    .println(Amount.of(all.count() - rides.count(), "ride")
                            + " left out: they end before they begin, and events come in the order of time.");
            console.err().flush();
        }
        var topics = new StreamsTopics(name, partitions);
        try (Admin admin = cluster.admin()) {
            var run = new StreamsRun(cluster::clientSettings, admin, topics, rides, pace);
            try (var _ = Interruption.byWhich(run::stopSending)) {
                StreamsRun.Progress end = watch(run, screen(topics));
                return judge(run, end, rides, topics);
            }
        }
    }

    private StreamsScreen screen(StreamsTopics topics) {
        String title = "klamm demo rides --streams  " + Amount.of(topics.partitions(), "partition") + ", topic "
                + topics.rides();
        if (console.outIsTerminal()) {
            return new LiveStreamsScreen(new Picture(console.out(), new TerminalSize(console.width())), zones, title);
        }
        console.out().println(title);
        return new PlainStreamsScreen(console.out());
    }

    private StreamsRun.Progress watch(StreamsRun run, StreamsScreen screen) throws InterruptedException {
        try (screen) {
            while (!run.isFinished() && isMoving(run.progress())) {
                screen.show(run.progress());
                Thread.sleep(screen.intervalMs());
            }
            StreamsRun.Progress end = run.progress();
            screen.show(end);
            return end;
        } finally {
            run.close();
        }
    }

    /** False when nothing has come out of the programs for a long time although something went in. */
    private boolean isMoving(StreamsRun.Progress now) {
        var results = now.results();
        long sum = results.counted() + results.inWindows() + results.pairs().count();
        if (sum != moved || results.counted() == now.acknowledged()) {
            moved = sum;
            movedNanos = System.nanoTime();
        }
        return System.nanoTime() - movedNanos < PATIENCE_NANOS;
    }

    private int judge(StreamsRun run, StreamsRun.Progress end, RideSource rides, StreamsTopics topics) {
        var batch = new StreamsBatch(rides, end.begun());
        List<String> differences = run.differences(batch);
        var results = end.results();
        double seconds = end.nanos() / 1e9;
        console.out()
                .printf(
                        Locale.ROOT,
                        "produced  %,d rides in %.1f s (%,d per second), each with its pickup%n",
                        end.acknowledged(),
                        seconds,
                        Math.round(end.acknowledged() / seconds))
                .printf(Locale.ROOT, "counted   %,d rides in %,d zones%n", results.counted(), batch.zones())
                .printf(Locale.ROOT, "joined    %,d pairs%n", results.pairs().count())
                .printf(
                        Locale.ROOT,
                        "windowed  %,d rides in %,d windows of 10 s%n",
                        results.inWindows(),
                        results.windows())
                .printf(
                        Locale.ROOT,
                        "input     %,d rides, %,d pairs, %,d windows, read again%n",
                        end.begun(),
                        batch.pairs(),
                        batch.windows());
        boolean isRight = differences.isEmpty();
        String sentence = isRight
                ? "OK: all counts, pairs and windows equal to the input."
                : "WRONG: " + String.join("; ", differences) + ".";
        String colour = isRight ? "\033[1;32m" : "\033[1;31m";
        console.out().println(console.outIsTerminal() ? colour + sentence + "\033[0m" : sentence);
        console.out().println("Look around: klamm consume " + topics.pairs());
        console.flush();
        return isRight ? ExitCode.OK : ExitCode.SOFTWARE;
    }
}
