package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.LocalDateTime;

/**
 * Somebody was picked up. The JSON of a whole {@link Ride} can be read as one.
 *
 * @param zone its number, as the taxi commission has them
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PickupLocation(
        @JsonProperty("pickup_location_id") int zone,

        @JsonProperty("pickup_datetime") @JsonFormat(pattern = Ride.TIME)
        LocalDateTime pickup) {}
