package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm demo rides}. */
@Command(
        name = "rides",
        description = "Send taxi rides to the topic rides, and count them per pickup zone as a group of consumers.",
        sortOptions = false,
        footer = {
            "",
            "The file is one of the New York taxi commission's CSV files of trips, with either style of "
                    + "header; rides are sent in the order of their pickups, as JSON, with the drop-off zone as the "
                    + "key. Without a file, they are made up from --seed.",
            "",
            "Each run counts from zero: it has a group of its own, which starts at what is the end of the "
                    + "topic then,  and its rides carry the run's name and a number in their headers. At the end the "
                    + "counts are compared with a second reading of the input; the exit status says whether each ride "
                    + "was counted, once. That holds when the broker is killed and started again meanwhile.",
            "",
            "With --streams, the programs of examples/rides run on it: rides are counted by their key, joined with the "
                    + "pickups in the zone where they ended, and counted in windows of 10 s, exactly once; the topics "
                    + "are new ones, named after the run.",
            "",
            "Examples:",
            "  klamm demo rides",
            "  klamm demo rides --rides 1000000 --rate max",
            "  klamm demo rides --file yellow_tripdata_2020-01.csv --rate x600",
            "  klamm demo rides --partitions 12 --consumers 4",
            "  klamm demo rides --streams --file yellow_tripdata_2020-01.csv --rate max"
        })
final class DemoRides implements Callable<Integer> {

    private static final String TOPIC = "rides";
    private static final int MOST_BAD_ROWS_SHOWN = 10;
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    /** As many as there are in New York would make a hundred pairs of each in the join. */
    private static final double TIMES_AS_RARE = 20;

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "CSV",
            description = "A file of trips (default: made-up rides).")
    private @Nullable Path file;

    @Option(
            names = {"-n", "--rides"},
            paramLabel = "N",
            description = "How many to make up (default: 60000).")
    private int rideCount = 60_000;

    @Option(names = "--seed", paramLabel = "N", description = "The same seed makes up the same rides (default: 1).")
    private long seed = 1;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "max|N/s|xN",
            converter = Pace.Converter.class,
            description = "As fast as it goes, so many a second, or so many times real time (default: 2000/s).")
    private Pace pace = new Pace.PerSecond(2000);

    @Option(
            names = {"-c", "--consumers"},
            paramLabel = "K",
            description = "Members of the group that counts (default: 3).")
    private int members = 3;

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "P",
            description = "Partitions of the topic, if it is not there yet (default: 6).")
    private @Nullable Integer partitions;

    @Option(
            names = "--streams",
            description = "Count, join and window the rides by three programs of Kafka Streams, instead of the group.")
    private boolean streams;

    DemoRides(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (members < 1 || rideCount < 1) {
            throw Failure.ofUse("There must be a ride and a member to count it: --rides and --consumers start at 1.");
        }
        Logging.silenceClients();
        Zones zones = Zones.read();
        RideSource rides = rides(zones);
        String name = "rides-"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        if (streams) {
            return new StreamsDemo(console, cluster, zones).run(name, partitions == null ? 6 : partitions, rides, pace);
        }
        try (Admin admin = cluster.admin()) {
            List<TopicPartition> topic = topic(admin);
            String title = "klamm demo rides  " + Amount.of(topic.size(), "partition") + ", group " + name;
            var run = new RideRun(cluster::clientSettings, admin, topic, rides, pace, members, name);
            try (var _ = Interruption.byWhich(run::stopSending)) {
                RideRun.Progress end = watch(run, screen(zones, title));
                return judge(end, rides, zones, name);
            }
        }
    }

    private RideSource rides(Zones zones) {
        if (file == null) {
            return new RideGenerator(seed, rideCount, zones, streams ? TIMES_AS_RARE : 1);
        }
        TripFile trips = TripFile.open(file);
        List<TripFile.BadRow> bad = trips.badRows();
        bad.stream()
                .limit(MOST_BAD_ROWS_SHOWN)
                .forEach(it -> console.err().println("Line " + it.line() + " is skipped: " + it.reason() + "."));
        if (!bad.isEmpty()) {
            console.err().println(Amount.of(bad.size(), "bad row") + " skipped in " + file + ".");
            console.err().flush();
        }
        if (trips.count() == 0) {
            throw new Failure("There are no rides in " + file + ".");
        }
        return trips;
    }

    private List<TopicPartition> topic(Admin admin) {
        NewTopic wanted = new NewTopic(TOPIC, Optional.of(partitions == null ? 6 : partitions), Optional.empty());
        try {
            await(admin.createTopics(List.of(wanted)).all());
        } catch (TopicExistsException e) {
            int there = new Partitions(admin).ofTopic(TOPIC).size();
            if (partitions != null && partitions != there) {
                throw new Failure("Topic rides is there already, with " + Amount.of(there, "partition")
                        + ": leave --partitions out, or delete it with: klamm topic delete rides");
            }
        }
        return new Partitions(admin).ofTopic(TOPIC);
    }

    private RideScreen screen(Zones zones, String title) {
        if (console.outIsTerminal()) {
            return new LiveRideScreen(new Picture(console.out(), new TerminalSize(console.width())), zones, title);
        }
        console.out().println(title);
        return new PlainRideScreen(console.out());
    }

    private RideRun.Progress watch(RideRun run, RideScreen screen) throws InterruptedException {
        try (screen) {
            Rates rates = new Rates(1);
            while (!run.isFinished()) {
                RideRun.Progress now = run.progress();
                screen.show(now);
                rates.update(now);
                if (rates.silentSeconds() * 1_000_000_000 > PATIENCE_NANOS) {
                    break;
                }
                Thread.sleep(screen.intervalMs());
            }
            RideRun.Progress end = run.progress();
            screen.show(end);
            return end;
        } finally {
            run.close();
        }
    }

    private int judge(RideRun.Progress end, RideSource rides, Zones zones, String group) {
        RideVerdict verdict = new RideVerdict(end, ZoneCounts.of(rides, end.sent()), zones);
        verdict.print(console.out(), members, console.outIsTerminal());
        console.out().println("Look around: klamm topic describe rides, klamm group describe " + group);
        console.flush();
        return verdict.isRight() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
}
