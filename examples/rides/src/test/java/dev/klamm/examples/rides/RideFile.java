package dev.klamm.examples.rides;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The rides of the end-to-end tests: a year of real ones, 120,000 of them, where their file is on the machine; elsewhere
 * made-up ones have to do, and a line says so. {@code -Dklamm.trips} says where the file is.
 */
final class RideFile {

    private static final Path TRIPS =
            Path.of(System.getProperty("klamm.trips", "../../../shared/data/yellow_tripdata_sample_2020.csv"));
    private static final int MADE_UP = 5_000;
    private static final int ZONES = 40;

    private RideFile() {}

    static List<Ride> rides() throws IOException {
        if (Files.exists(TRIPS)) {
            return JsonRideProducer.read(TRIPS);
        }
        System.out.println("There is no " + TRIPS + ": made-up rides are used instead of real ones.");
        return madeUp();
    }

    /** The table of zones beside the file, or one made up. */
    static List<Zone> zones() throws IOException {
        Path table = TRIPS.resolveSibling("taxi_zone_lookup.csv");
        if (Files.exists(table)) {
            return JsonZoneProducer.read(table);
        }
        return Stream.iterate(1, id -> id <= ZONES, id -> id + 1)
                .map(id -> new Zone(id, "Borough " + id % 5, "Zone " + id))
                .toList();
    }

    private static List<Ride> madeUp() {
        var random = new Random(1);
        LocalDateTime time = LocalDateTime.of(2020, 1, 1, 0, 0);
        List<Ride> rides = new ArrayList<>();
        for (int i = 0; i < MADE_UP; i++) {
            time = time.plusSeconds(random.nextInt(60));
            rides.add(new Ride(
                    random.nextInt(3) == 0 ? null : 1 + random.nextInt(2),
                    time,
                    time.plusSeconds(random.nextInt(3_600)),
                    1 + random.nextInt(ZONES),
                    1 + random.nextInt(ZONES),
                    random.nextInt(100) / 10.0,
                    random.nextInt(10_000) / 100.0));
        }
        return rides;
    }

    /** As they would be reported: a ride when it ends. */
    static List<Ride> byDropoff(List<Ride> rides) {
        return rides.stream().sorted(Comparator.comparing(Ride::dropoff)).toList();
    }
}
