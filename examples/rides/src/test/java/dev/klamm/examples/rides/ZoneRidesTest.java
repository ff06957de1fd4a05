package dev.klamm.examples.rides;

import static dev.klamm.examples.rides.SomeRides.ride;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TestInputTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZoneRidesTest {

    @TempDir
    Path directory;

    private DrivenTopology driven;
    private TestInputTopic<String, Ride> rides;
    private TestInputTopic<String, Zone> zones;

    @BeforeEach
    void drive() {
        driven = new DrivenTopology(ZoneRides.topology("rides", "zones", "named", "boroughs"), directory);
        rides = driven.input("rides", Ride.class);
        zones = driven.input("zones", Zone.class);
        zones.pipeInput("132", new Zone(132, "Queens", "JFK Airport"));
        zones.pipeInput("48", new Zone(48, "Manhattan", "Clinton East"));
    }

    @AfterEach
    void close() {
        driven.close();
    }

    @Test
    void aRideGetsTheNamesOfItsZones() {
        Ride ride = ride("10:00:00", 132, "10:50:00", 48);
        rides.pipeInput("48", ride);

        assertThat(driven.output("named", NamedRide.class).readKeyValuesToList())
                .containsExactly(
                        KeyValue.pair("48", new NamedRide(ride, "Queens", "JFK Airport", "Manhattan", "Clinton East")));
    }

    @Test
    void aZoneThatIsInNoTableIsUnknown() {
        rides.pipeInput("48", ride("10:00:00", 265, "10:50:00", 48));

        NamedRide named = driven.output("named", NamedRide.class).readValue();

        assertThat(named.fromBorough()).isEqualTo("Unknown");
        assertThat(named.toBorough()).isEqualTo("Manhattan");
    }

    @Test
    void aZoneThatIsGivenAnotherNameHasItFromThenOn() {
        zones.pipeInput("132", new Zone(132, "Queens", "Idlewild"));
        rides.pipeInput("48", ride("10:00:00", 132, "10:50:00", 48));

        assertThat(driven.output("named", NamedRide.class).readValue().fromZone())
                .isEqualTo("Idlewild");
    }

    @Test
    void ridesAreCountedByTheBoroughThatTheyBeginIn() {
        rides.pipeInput("48", ride("10:00:00", 132, "10:50:00", 48));
        rides.pipeInput("132", ride("10:00:00", 48, "10:50:00", 132));
        rides.pipeInput("132", ride("10:00:00", 132, "10:50:00", 132));

        assertThat(driven.counts("boroughs").readKeyValuesToList())
                .containsExactly(
                        KeyValue.pair("Queens", 1L), KeyValue.pair("Manhattan", 1L), KeyValue.pair("Queens", 2L));
    }

    @Test
    void readsTheTableOfZones() {
        assertThat(Zone.fromCsv("132,\"Queens\",\"JFK Airport\",\"Airports\""))
                .isEqualTo(new Zone(132, "Queens", "JFK Airport"));
    }
}
