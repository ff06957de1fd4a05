package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.LocalDateTime;
import org.apache.kafka.streams.kstream.Windowed;

/**
 * How many rides began in a zone in a window of time.
 *
 * @param from inclusive
 * @param to exclusive where windows have a fixed place in time; of sliding windows and sessions, the last moment in it
 */
public record WindowCount(
        @JsonProperty("pickup_location_id") String zone,

        @JsonProperty("from") @JsonFormat(pattern = Ride.TIME)
        LocalDateTime from,

        @JsonProperty("to") @JsonFormat(pattern = Ride.TIME) LocalDateTime to,

        @JsonProperty("rides") long rides) {

    static WindowCount of(Windowed<String> window, long rides) {
        return new WindowCount(
                window.key(),
                RideTime.ofMillis(window.window().start()),
                RideTime.ofMillis(window.window().end()),
                rides);
    }

    public static WindowCount fromJson(String json) {
        return Json.read(json, WindowCount.class);
    }
}
