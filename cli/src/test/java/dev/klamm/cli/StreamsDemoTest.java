package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klammAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class StreamsDemoTest {

    private static final String OK = "OK: all counts, pairs and windows equal to the input.";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @TempDir
    Path directory;

    @Test
    void countsJoinsAndWindowsExactly() {
        CommandLineRun run = demo("--rides", "2000", "--rate", "max", "--partitions", "3");

        assertThat(run.status()).as(run.toString()).isZero();
        assertThat(run.out()).contains(OK);
        assertThat(run.out()).anyMatch(line -> line.startsWith("counted   2,000 rides"));
        assertThat(run.err()).isEmpty();
    }

    @Test
    void leavesResultsBehindAndNothingOfKafkaStreamsOwn() throws Exception {
        demo("--rides", "100", "--rate", "max", "--partitions", "1");

        List<String> topics = broker.admin().listTopics().names().get().stream()
                .map(name -> name.replaceFirst("rides-[0-9a-f]{8}", "RUN"))
                .toList();

        assertThat(topics)
                .containsExactlyInAnyOrder(
                        "RUN", "RUN-location", "RUN-pulocation-count", "RUN-vendor-info", "RUN-window-count");
        assertThat(broker.admin().listGroups().all().get()).isEmpty();
    }

    @Test
    void ridesThatEndBeforeTheyBeginAreLeftOutAndSaidSo() throws Exception {
        Path csv = directory.resolve("trips.csv");
        Files.writeString(csv, """
            vendor_id,pickup_datetime,dropoff_datetime,pickup_location_id,dropoff_location_id
            1,2020-01-01 00:10:00,2020-01-01 00:20:00,132,48
            2,2020-01-01 00:25:00,2020-01-01 00:15:00,48,132
            2,2020-01-01 00:25:00,2020-01-01 00:35:00,48,132
            """);

        CommandLineRun run = demo("--file", csv.toString(), "--rate", "max", "--partitions", "1");

        assertThat(run.err())
                .containsExactly("1 ride left out: they end before they begin, and events come in the order of time.");
        assertThat(run.out()).contains("joined    1 pairs", OK);
    }

    @Test
    void isExactWhenTheBrokerIsKilledMeanwhile() throws Exception {
        var run = CompletableFuture.supplyAsync(() -> demo("--rides", "4000", "--rate", "1000/s", "--partitions", "2"));
        awaitResults();

        broker.kill();
        broker.start();

        assertThat(run.get().out()).contains(OK);
    }

    @Test
    void eventsComeInTheOrderOfTime() {
        List<RideEvents.Event> events = new ArrayList<>();
        var source = new RideEvents(new RideGenerator(1, 500, Zones.read(), 1).open());
        for (var event = source.next(); event != null; event = source.next()) {
            events.add(event);
        }

        assertThat(events).hasSize(1_000);
        assertThat(events.stream().map(RideEvents.Event::time)).isSortedAccordingTo(LocalDateTime::compareTo);
    }

    private void awaitResults() throws Exception {
        boolean isThere = false;
        while (!isThere) {
            for (String topic : broker.admin().listTopics().names().get()) {
                isThere |= topic.endsWith("-vendor-info")
                        && klammAt(broker.bootstrap(), "consume", topic, "--max", "1", "--exit-at-end")
                                        .out()
                                        .size()
                                > 0;
            }
        }
    }

    private CommandLineRun demo(String... options) {
        List<String> words = new ArrayList<>(List.of("demo", "rides", "--streams"));
        words.addAll(List.of(options));
        return klammAt(broker.bootstrap(), words.toArray(String[]::new));
    }
}
