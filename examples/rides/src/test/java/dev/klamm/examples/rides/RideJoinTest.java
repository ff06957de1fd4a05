package dev.klamm.examples.rides;

import static dev.klamm.examples.rides.SomeRides.at;
import static dev.klamm.examples.rides.SomeRides.pickup;
import static dev.klamm.examples.rides.SomeRides.ride;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.examples.rides.RideJoin.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("NullAway.Init") // each test says which topology it drives
class RideJoinTest {

    @TempDir
    Path directory;

    private DrivenTopology driven;
    private TestInputTopic<String, Ride> rides;
    private TestInputTopic<String, PickupLocation> pickups;
    private TestOutputTopic<String, VendorInfo> infos;

    private void drive(Kind kind) {
        driven = new DrivenTopology(RideJoin.topology(kind, "rides", "pickups", "infos"), directory);
        rides = driven.input("rides", Ride.class);
        pickups = driven.input("pickups", PickupLocation.class);
        infos = driven.output("infos", VendorInfo.class);
    }

    @AfterEach
    void close() {
        driven.close();
    }

    @ParameterizedTest
    @EnumSource
    void aRideMeetsAPickupWhereItEnded(Kind kind) {
        drive(kind);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:04:00", 132);

        assertThat(infos.readKeyValue().key).isEqualTo("132");
        assertThat(infos.isEmpty()).isTrue();
    }

    @Test
    void saysWhichVendorWasFreeWhen() {
        drive(Kind.INNER);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:04:00", 132);

        assertThat(results()).containsExactly(new VendorInfo(2, 132, at("10:04:00"), at("10:00:00")));
    }

    @Test
    void aPickupMayComeFirst() {
        drive(Kind.INNER);

        isPickedUpAt("09:56:00", 132);
        endsAt("10:00:00", 132);

        assertThat(results()).containsExactly(new VendorInfo(2, 132, at("09:56:00"), at("10:00:00")));
    }

    @Test
    void theKeyOfAPickupDoesNotMatter() {
        drive(Kind.INNER);

        endsAt("10:00:00", 132);
        pickups.pipeInput("another", pickup("10:04:00", 132));

        assertThat(results()).hasSize(1);
    }

    @Test
    void anotherZoneIsNotMet() {
        drive(Kind.INNER);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:04:00", 48);

        assertThat(results()).isEmpty();
    }

    @Test
    void tenMinutesApartAreAPairAndASecondMoreIsNone() {
        drive(Kind.INNER);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:10:00", 132);
        isPickedUpAt("10:10:01", 132);

        assertThat(results()).extracting(VendorInfo::pickup).containsExactly(at("10:10:00"));
    }

    @Test
    void aRideMeetsEveryPickupOfTheTime() {
        drive(Kind.INNER);

        isPickedUpAt("09:55:00", 132);
        isPickedUpAt("10:05:00", 132);
        endsAt("10:00:00", 132);

        assertThat(results()).extracting(VendorInfo::pickup).containsExactly(at("09:55:00"), at("10:05:00"));
    }

    @Test
    void aLeftJoinTellsARideThatMetNobodyWhenTwentyFiveMinutesAreOver() {
        drive(Kind.LEFT);
        endsAt("10:00:00", 132);

        isPickedUpAt("10:25:00", 7);
        assertThat(results()).isEmpty();

        isPickedUpAt("10:25:01", 7);
        assertThat(results()).containsExactly(new VendorInfo(2, 132, null, at("10:00:00")));
    }

    @Test
    void aLeftJoinSaysNothingOfAPickupAlone() {
        drive(Kind.LEFT);

        isPickedUpAt("10:00:00", 132);
        endsAt("11:00:00", 7);

        assertThat(results()).isEmpty();
    }

    @Test
    void anOuterJoinTellsBoth() {
        drive(Kind.OUTER);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:01:00", 48);
        isPickedUpAt("11:00:00", 7);

        assertThat(results())
                .containsExactlyInAnyOrder(
                        new VendorInfo(2, 132, null, at("10:00:00")), new VendorInfo(null, 48, at("10:01:00"), null));
    }

    @Test
    void whoMetSomebodyBetweenTenAndTwentyMinutesAwayIsNotInTheResultAtAll() {
        drive(Kind.OUTER);

        endsAt("10:00:00", 132);
        isPickedUpAt("10:15:00", 132);
        isPickedUpAt("11:00:00", 7);

        assertThat(results()).isEmpty();
    }

    @Test
    void aPickupThatComesLateIsStillMetWithinTheGrace() {
        drive(Kind.INNER);
        endsAt("10:00:00", 132);

        Duration late = RideJoin.WINDOW.plus(RideJoin.GRACE);
        endsAt(at("10:04:00").plus(late).toLocalTime().toString(), 7);
        isPickedUpAt("10:04:00", 132);

        assertThat(results()).hasSize(1);
    }

    private void endsAt(String time, int zone) {
        rides.pipeInput(String.valueOf(zone), ride("09:30:00", 1, time, zone));
    }

    private void isPickedUpAt(String time, int zone) {
        pickups.pipeInput(String.valueOf(zone), pickup(time, zone));
    }

    private List<VendorInfo> results() {
        return infos.readValuesToList();
    }
}
