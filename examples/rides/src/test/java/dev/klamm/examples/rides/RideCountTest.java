package dev.klamm.examples.rides;

import static dev.klamm.examples.rides.SomeRides.ride;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.kafka.streams.KeyValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RideCountTest {

    @TempDir
    Path directory;

    @Test
    void eachRideGivesTheNewCountOfItsKey() {
        try (var driven = new DrivenTopology(RideCount.topology("rides", "counts"), directory)) {
            var rides = driven.input("rides", Ride.class);
            rides.pipeInput("132", ride("00:00:00", 1, "00:10:00", 132));
            rides.pipeInput("48", ride("00:00:00", 1, "00:10:00", 48));
            rides.pipeInput("132", ride("00:00:00", 2, "00:20:00", 132));

            assertThat(driven.counts("counts").readKeyValuesToList())
                    .containsExactly(KeyValue.pair("132", 1L), KeyValue.pair("48", 1L), KeyValue.pair("132", 2L));
        }
    }

    @Test
    void aRideWithoutAKeyIsCountedNowhere() {
        try (var driven = new DrivenTopology(RideCount.topology("rides", "counts"), directory)) {
            driven.input("rides", Ride.class).pipeInput(ride("00:00:00", 1, "00:10:00", 132));

            assertThat(driven.counts("counts").isEmpty()).isTrue();
        }
    }
}
