package dev.klamm.examples.rides;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes the pickups of a CSV file of rides to a topic, as JSON, with the zone as key. */
public final class JsonPickupLocationProducer {

    private JsonPickupLocationProducer() {}

    /** Arguments: CSV file, topic, bootstrap servers; all but the first may be left out. */
    public static void main(String[] args) throws IOException {
        List<Ride> rides = JsonRideProducer.read(Path.of(args[0]));
        String topic = args.length < 2 ? "rides_location" : args[1];
        String bootstrapServers = args.length < 3 ? "localhost:9092" : args[2];
        try (var producer = new JsonProducer(bootstrapServers, topic)) {
            rides.forEach(ride -> producer.send(ride.pickupZone(), ride.pickupLocation()));
            producer.flush();
        }
        System.out.println(rides.size() + " pickups acknowledged");
    }
}
