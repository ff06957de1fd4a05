package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import org.jspecify.annotations.Nullable;

/**
 * A taxi ride, with the columns of the TLC's trip records that say something to a reader of the demo.
 *
 * @param vendor null where the file has none, as the next one
 * @param distanceMiles of the trip
 * @param pickupZone a TLC zone, as the next one
 */
record Ride(
        @Nullable Integer vendor,
        LocalDateTime pickup,
        LocalDateTime dropoff,
        @Nullable Integer passengers,
        double distanceMiles,
        int pickupZone,
        int dropoffZone,
        double fare,
        double tip,
        double total) {

    static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final String PICKUP_ZONE = "pickup_location_id";

    /** A JSON object; its names are those of the files. Nothing in it can need an escape. */
    byte[] toJson() {
        return ("{\"vendor_id\":" + vendor
                        + ",\"pickup_datetime\":\"" + TIME.format(pickup)
                        + "\",\"dropoff_datetime\":\"" + TIME.format(dropoff)
                        + "\",\"passenger_count\":" + passengers
                        + ",\"trip_distance\":" + distanceMiles
                        + ",\"" + PICKUP_ZONE + "\":" + pickupZone
                        + ",\"dropoff_location_id\":" + dropoffZone
                        + ",\"fare_amount\":" + fare
                        + ",\"tip_amount\":" + tip
                        + ",\"total_amount\":" + total + "}")
                .getBytes(UTF_8);
    }

    /** What is known when it begins, as a JSON object. */
    byte[] toPickupJson() {
        return ("{\"" + PICKUP_ZONE + "\":" + pickupZone + ",\"pickup_datetime\":\"" + TIME.format(pickup) + "\"}")
                .getBytes(UTF_8);
    }

    /**
     * Finds the pickup zone in the JSON of a ride.
     *
     * @throws IOException if it is none
     */
    static int pickupZone(byte[] json) throws IOException {
        try (JsonParser parser = FACTORY.createParser(json)) {
            while (parser.nextToken() != null) {
                if (PICKUP_ZONE.equals(parser.currentName())) {
                    return parser.nextIntValue(-1);
                }
            }
        }
        throw new IOException("there is no " + PICKUP_ZONE + " in it");
    }
}
