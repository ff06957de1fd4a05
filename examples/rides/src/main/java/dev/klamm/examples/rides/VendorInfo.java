package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A vendor's taxi became free where somebody was picked up: a ride that ended, and a pickup in the same zone.
 *
 * @param vendor of the ride that ended; null if the data has none, or if there was no such ride (outer join)
 * @param zone where the ride ended and the other began
 * @param pickup null if nobody was picked up there (left and outer join)
 * @param lastDropoff null if no ride ended there (outer join)
 */
public record VendorInfo(
        @JsonProperty("vendor_id") @Nullable Integer vendor,
        @JsonProperty("pickup_location_id") int zone,

        @JsonProperty("pickup_datetime") @JsonFormat(pattern = Ride.TIME) @Nullable
        LocalDateTime pickup,

        @JsonProperty("last_dropoff_datetime") @JsonFormat(pattern = Ride.TIME) @Nullable
        LocalDateTime lastDropoff) {

    /** At least one of the two must be there. */
    static VendorInfo of(@Nullable Ride ended, @Nullable PickupLocation pickup) {
        if (ended != null) {
            return new VendorInfo(
                    ended.vendor(), ended.dropoffZone(), pickup == null ? null : pickup.pickup(), ended.dropoff());
        }
        PickupLocation alone = Objects.requireNonNull(pickup, "a join of nothing with nothing");
        return new VendorInfo(null, alone.zone(), alone.pickup(), null);
    }

    /** Whether there is no pair, or one that is no further apart in time. */
    boolean isWithin(Duration apart) {
        return pickup == null
                || lastDropoff == null
                || Duration.between(lastDropoff, pickup).abs().compareTo(apart) <= 0;
    }

    public static VendorInfo fromJson(String json) {
        return Json.read(json, VendorInfo.class);
    }
}
