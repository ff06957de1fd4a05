package dev.klamm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TripFileTest {

    private static final String TLC_HEADER = "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,"
            + "trip_distance,PULocationID,DOLocationID,fare_amount,tip_amount,total_amount";
    private static final String SNAKE_HEADER = "vendor_id,pickup_datetime,dropoff_datetime,passenger_count,"
            + "trip_distance,pickup_location_id,dropoff_location_id,fare_amount,tip_amount,total_amount";
    private static final String RIDE = "2,2020-01-01 00:06:57,2020-01-01 00:12:16,3,0.77,229,162,5.5,1.86,11.16";

    @TempDir
    Path directory;

    @Test
    void bothStylesOfHeaderGiveTheSameRide() throws IOException {
        Ride ride = new Ride(
                2,
                LocalDateTime.of(2020, 1, 1, 0, 6, 57),
                LocalDateTime.of(2020, 1, 1, 0, 12, 16),
                3,
                0.77,
                229,
                162,
                5.5,
                1.86,
                11.16);

        assertThat(rides(file(TLC_HEADER, RIDE))).containsExactly(ride);
        assertThat(rides(file(SNAKE_HEADER, RIDE))).containsExactly(ride);
        assertThat(rides(file("\uFEFF" + SNAKE_HEADER + "\r", RIDE + "\r"))).containsExactly(ride);
    }

    @Test
    void ridesComeInTheOrderOfTheirPickups() throws IOException {
        TripFile file = file(
                SNAKE_HEADER,
                RIDE.replace("00:06:57", "00:09:00"),
                RIDE.replace("2020-01-01 00:06:57", "1999-12-31 23:59:59"),
                RIDE.replace("2020-01-01 00:06:57", "2098-06-01 00:00:00"),
                RIDE);

        assertThat(rides(file)).extracting(ride -> ride.pickup().getYear()).containsExactly(1999, 2020, 2020, 2098);
        assertThat(rides(file)).isEqualTo(rides(file));
    }

    @Test
    void aBadRowIsNamedWithItsLineAndSkipped() throws IOException {
        TripFile file = file(
                SNAKE_HEADER,
                RIDE,
                "",
                "2,2020-01-01 00:06:57",
                RIDE.replace("229", "unknown"),
                RIDE.replace("2020-01-01 00:06:57", "2020-02-30 00:00:00"),
                RIDE.replace("229", "0"));

        assertThat(file.count()).isEqualTo(1);
        assertThat(file.badRows())
                .containsExactly(
                        new TripFile.BadRow(4, "it has 2 columns instead of 10"),
                        new TripFile.BadRow(5, "'unknown' is no whole number"),
                        new TripFile.BadRow(6, "'2020-02-30 00:00:00' is no time like 2020-01-31 23:59:59"),
                        new TripFile.BadRow(7, "'0' is no zone (1 to 265)"));
    }

    @Test
    void whatTheTaxiCommissionLeftEmptyIsNoError() throws IOException {
        TripFile file = file(
                SNAKE_HEADER,
                RIDE.replace("2,2020-01-01 00:06", ",2020-01-01 00:06").replace(",3,", ",,"));

        assertThat(rides(file)).singleElement().satisfies(ride -> {
            assertThat(ride.vendor()).isNull();
            assertThat(new String(ride.toJson(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains("\"passenger_count\":null");
        });
    }

    @Test
    void aFileOfSomethingElseIsRefusedInOneSentence() {
        assertThatThrownBy(() -> file("a,b,c", "1,2,3"))
                .isInstanceOf(Failure.class)
                .hasMessageEndingWith("its first line names no column pickup_datetime.");
        assertThatThrownBy(() -> TripFile.open(directory.resolve("none.csv")))
                .hasMessageStartingWith("There is no file ");
    }

    @Test
    void thePickupZoneIsFoundInTheJson() throws IOException {
        Ride ride = rides(file(SNAKE_HEADER, RIDE)).getFirst();

        assertThat(Ride.pickupZone(ride.toJson())).isEqualTo(229);
    }

    private TripFile file(String... lines) throws IOException {
        Path path = directory.resolve("trips.csv");
        Files.writeString(path, String.join("\n", lines));
        return TripFile.open(path);
    }

    private static List<Ride> rides(RideSource source) {
        List<Ride> rides = new ArrayList<>();
        RideSource.Cursor cursor = source.open();
        for (Ride ride = cursor.next(); ride != null; ride = cursor.next()) {
            rides.add(ride);
        }
        return rides;
    }
}
