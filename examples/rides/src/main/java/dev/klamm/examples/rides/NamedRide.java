package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;

/** A ride with the names of its zones; its JSON is the ride's and four names more. */
public record NamedRide(
        @JsonUnwrapped Ride ride,
        @JsonProperty("pickup_borough") String fromBorough,
        @JsonProperty("pickup_zone") String fromZone,
        @JsonProperty("dropoff_borough") String toBorough,
        @JsonProperty("dropoff_zone") String toZone) {

    private static final String UNKNOWN = "Unknown";

    /** @param zone of the pickup; null for one that is in no table */
    static NamedRide from(Ride ride, @Nullable Zone zone) {
        return zone == null
                ? new NamedRide(ride, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
                : new NamedRide(ride, zone.borough(), zone.name(), UNKNOWN, UNKNOWN);
    }

    /** @param zone of the drop-off; null for one that is in no table */
    NamedRide to(@Nullable Zone zone) {
        return zone == null ? this : new NamedRide(ride, fromBorough, fromZone, zone.borough(), zone.name());
    }
}
