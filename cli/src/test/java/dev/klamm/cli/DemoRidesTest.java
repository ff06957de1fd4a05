package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klammAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.klamm.broker.RunningBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class DemoRidesTest {

    /** Real trips, where they are on the machine; elsewhere made-up rides have to do. */
    private static final Path REAL_TRIPS =
            Path.of(System.getProperty("klamm.trips", "../../shared/data/yellow_tripdata_sample_2020.csv"));

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @TempDir
    Path directory;

    @Test
    void countsEveryRideOnceAndSaysSo() {
        CommandLineRun run = demo("--rides", "5000", "--rate", "max");

        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("OK: each of the 5,000 rides counted once, all 40 zones equal to the input.");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void aSecondRunCountsFromZero() {
        demo("--rides", "1000", "--rate", "max");

        CommandLineRun second = demo("--rides", "500", "--rate", "max", "--consumers", "1");

        assertThat(second.status()).isZero();
        assertThat(second.out()).anyMatch(line -> line.startsWith("OK: each of the 500 rides counted once"));
    }

    @Test
    void badRowsAreShownOnceAndLeftOut() throws Exception {
        Path csv = directory.resolve("trips.csv");
        Files.writeString(csv, """
            vendor_id,pickup_datetime,dropoff_datetime,pickup_location_id,dropoff_location_id
            1,2020-01-01 00:10:00,2020-01-01 00:20:00,132,48
            this is no ride
            2,2020-01-01 00:05:00,2020-01-01 00:20:00,48,132
            """);

        CommandLineRun run = demo("--file", csv.toString(), "--rate", "max");

        assertThat(run.status()).isZero();
        assertThat(run.err())
                .containsExactly(
                        "Line 3 is skipped: it has 1 columns instead of 5.", "1 bad row skipped in " + csv + ".");
        assertThat(run.out()).contains("OK: each of the 2 rides counted once, all 2 zones equal to the input.");
    }

    @Test
    void isExactWhenTheBrokerIsKilledMeanwhile() throws Exception {
        var run = CompletableFuture.supplyAsync(() -> demo("--rides", "20000", "--rate", "8000/s"));
        awaitRides();

        broker.kill();
        broker.start();

        assertThat(run.get().out())
                .contains("OK: each of the 20,000 rides counted once, all 40 zones equal to the input.");
    }

    @Test
    void countsAYearOfRealTrips() {
        assumeTrue(Files.exists(REAL_TRIPS), "no file of real trips");

        CommandLineRun run = demo("--file", REAL_TRIPS.toString(), "--rate", "max");

        assertThat(run.out()).contains("OK: each of the 120,000 rides counted once, all 243 zones equal to the input.");
    }

    /** Waits until the topic holds something. */
    private void awaitRides() {
        CommandLineRun first = klammAt(broker.bootstrap(), "consume", "rides", "--max", "1");
        while (first.status() != 0) {
            first = klammAt(broker.bootstrap(), "consume", "rides", "--max", "1");
        }
    }

    private CommandLineRun demo(String... options) {
        String[] words = new String[options.length + 2];
        words[0] = "demo";
        words[1] = "rides";
        System.arraycopy(options, 0, words, 2, options.length);
        return klammAt(broker.bootstrap(), words);
    }
}
