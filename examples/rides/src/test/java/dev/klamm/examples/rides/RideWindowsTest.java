package dev.klamm.examples.rides;

import static dev.klamm.examples.rides.SomeRides.pickup;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.examples.rides.RideWindows.Results;
import dev.klamm.examples.rides.RideWindows.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.kstream.Windowed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // each test says which topology it drives
class RideWindowsTest {

    private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    private DrivenTopology driven;
    private TestInputTopic<String, PickupLocation> pickups;
    private TestOutputTopic<Windowed<String>, WindowCount> counts;

    private void drive(Shape shape, Duration grace, Results results) {
        driven = new DrivenTopology(RideWindows.topology(shape, grace, results, "pickups", "counts"), directory);
        pickups = driven.input("pickups", PickupLocation.class);
        counts = driven.output(
                "counts",
                RideWindows.key(shape).deserializer(),
                Json.serde(WindowCount.class).deserializer());
    }

    @AfterEach
    void close() {
        driven.close();
    }

    @Test
    void aTumblingWindowHasTenSecondsFromItsStartOn() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.EACH);

        begin("10:00:00", "10:00:09", "10:00:10");

        assertThat(results()).containsExactly("10:00:00-10:00:10 1", "10:00:00-10:00:10 2", "10:00:10-10:00:20 1");
    }

    @Test
    void zonesAreCountedEachForItself() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.EACH);

        pickups.pipeInput("132", pickup("10:00:00", 132));
        pickups.pipeInput("48", pickup("10:00:01", 48));

        assertThat(counts.readValuesToList())
                .extracting(WindowCount::zone, WindowCount::rides)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("132", 1L), org.assertj.core.groups.Tuple.tuple("48", 1L));
    }

    @Test
    void aRideThatComesLateIsCountedWithinTheGrace() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.EACH);

        begin("10:00:00", "10:00:14", "10:00:09");

        assertThat(results()).last().isEqualTo("10:00:00-10:00:10 2");
    }

    @Test
    void aRideThatComesLaterIsNotCounted() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.EACH);

        begin("10:00:00", "10:00:15", "10:00:09");

        assertThat(results()).containsExactly("10:00:00-10:00:10 1", "10:00:10-10:00:20 1");
    }

    @Test
    void withoutGraceAWindowClosesWithTheFirstRideBehindIt() {
        drive(Shape.TUMBLING, Duration.ZERO, Results.EACH);

        begin("10:00:00", "10:00:10", "10:00:09");

        assertThat(results()).containsExactly("10:00:00-10:00:10 1", "10:00:10-10:00:20 1");
    }

    @Test
    void theClockIsThatOfAllZonesOfAPartition() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.EACH);

        pickups.pipeInput("48", pickup("10:00:15", 48));
        begin("10:00:09");

        assertThat(results()).containsExactly("10:00:10-10:00:20 1");
    }

    @Test
    void finalResultsComeOnceAWindowAndWhenItsGraceIsOver() {
        drive(Shape.TUMBLING, FIVE_SECONDS, Results.FINAL);

        begin("10:00:00", "10:00:09", "10:00:14", "10:00:08");
        assertThat(results()).isEmpty();

        begin("10:00:15");
        assertThat(results()).containsExactly("10:00:00-10:00:10 3");
    }

    @Test
    void aRideIsInFourHoppingWindows() {
        drive(Shape.HOPPING, FIVE_SECONDS, Results.EACH);

        begin("10:10:00");

        assertThat(results())
                .containsExactly(
                        "09:15:00-10:15:00 1", "09:30:00-10:30:00 1", "09:45:00-10:45:00 1", "10:00:00-11:00:00 1");
    }

    @Test
    void hoppingWindowsCloseOneAfterTheOther() {
        drive(Shape.HOPPING, Duration.ZERO, Results.FINAL);

        begin("10:10:00", "10:20:00");
        assertThat(results()).containsExactly("09:15:00-10:15:00 1");

        begin("10:30:00");
        assertThat(results()).containsExactly("09:30:00-10:30:00 2");
    }

    @Test
    void aSlidingWindowEndsWithARideOrBeginsBehindOne() {
        drive(Shape.SLIDING, FIVE_SECONDS, Results.EACH);

        begin("10:00:00", "10:04:00");

        assertThat(results())
                .containsExactlyInAnyOrder("09:50:00-10:00:00 1", "09:54:00-10:04:00 2", "10:00:00.001-10:10:00.001 1");
    }

    @Test
    void slidingWindowsCloseToo() {
        drive(Shape.SLIDING, FIVE_SECONDS, Results.FINAL);

        begin("10:00:00", "10:04:00", "10:30:00");

        assertThat(results())
                .containsExactly("09:50:00-10:00:00 1", "09:54:00-10:04:00 2", "10:00:00.001-10:10:00.001 1");
    }

    @Test
    void aSessionGoesOnUntilNobodyComesForAQuarterOfAnHour() {
        drive(Shape.SESSION, FIVE_SECONDS, Results.EACH);

        begin("10:00:00", "10:15:00", "10:30:01");

        assertThat(results())
                .containsExactly(
                        "10:00:00-10:00:00 1",
                        "10:00:00-10:00:00 is no more",
                        "10:00:00-10:15:00 2",
                        "10:30:01-10:30:01 1");
    }

    @Test
    void aRideThatComesLateJoinsTwoSessions() {
        drive(Shape.SESSION, Duration.ofMinutes(30), Results.EACH);
        begin("10:00:00", "10:20:00");
        assertThat(results()).containsExactly("10:00:00-10:00:00 1", "10:20:00-10:20:00 1");

        begin("10:10:00");

        assertThat(results())
                .containsExactly("10:00:00-10:00:00 is no more", "10:20:00-10:20:00 is no more", "10:00:00-10:20:00 3");
    }

    @Test
    void ofASessionTheFinalResultIsTheWholeOfIt() {
        drive(Shape.SESSION, FIVE_SECONDS, Results.FINAL);

        begin("10:00:00", "10:10:00", "10:20:00", "11:00:00");

        assertThat(results()).containsExactly("10:00:00-10:20:00 3");
    }

    /** Rides in zone 132. */
    private void begin(String... times) {
        for (String time : times) {
            pickups.pipeInput("132", pickup(time, 132));
        }
    }

    /** As text: from, to, and how many. */
    private List<String> results() {
        return counts.readKeyValuesToList().stream()
                .map(it -> time(it.key.window().start()) + "-"
                        + time(it.key.window().end()) + (it.value == null ? " is no more" : " " + it.value.rides()))
                .toList();
    }

    private static String time(long millis) {
        return RideTime.ofMillis(millis)
                .toLocalTime()
                .format(java.time.format.DateTimeFormatter.ofPattern(millis % 1000 == 0 ? "HH:mm:ss" : "HH:mm:ss.SSS"));
    }
}
