package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.LocalDateTime;

/**
 * What a ride cost.
 *
 * @param total in dollars
 * @param perMile in dollars, rounded to cents; the total for a ride of no length
 */
public record Fare(
        @JsonProperty("dropoff_location_id") int dropoffZone,

        @JsonProperty("dropoff_datetime") @JsonFormat(pattern = Ride.TIME)
        LocalDateTime dropoff,

        @JsonProperty("total_amount") double total,
        @JsonProperty("per_mile") double perMile) {

    static Fare of(Ride ride) {
        double perMile = ride.distance() == 0 ? ride.total() : ride.total() / ride.distance();
        return new Fare(ride.dropoffZone(), ride.dropoff(), ride.total(), Math.round(perMile * 100) / 100.0);
    }
}
