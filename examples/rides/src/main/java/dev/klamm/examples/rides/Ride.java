package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * One taxi ride. Its JSON has the names of the data, so that what {@code klamm demo rides} sends can be read as well.
 *
 * @param vendor who reported it; null where the data has none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Ride(
        @JsonProperty("vendor_id") @Nullable Integer vendor,

        @JsonProperty("pickup_datetime") @JsonFormat(pattern = TIME)
        LocalDateTime pickup,

        @JsonProperty("dropoff_datetime") @JsonFormat(pattern = TIME)
        LocalDateTime dropoff,

        @JsonProperty("pickup_location_id") int pickupZone,
        @JsonProperty("dropoff_location_id") int dropoffZone,
        @JsonProperty("trip_distance") double distance,
        @JsonProperty("total_amount") double total) {

    static final String TIME = "yyyy-MM-dd HH:mm:ss";
    private static final DateTimeFormatter CSV_TIME = DateTimeFormatter.ofPattern(TIME);

    /** Reads a line of the course's rides.csv, or of any file of the taxi commission that has the same columns. */
    public static Ride fromCsv(String line) {
        String[] cells = line.split(",", -1);
        return new Ride(
                cells[0].isEmpty() ? null : Integer.valueOf(cells[0]),
                LocalDateTime.parse(cells[1], CSV_TIME),
                LocalDateTime.parse(cells[2], CSV_TIME),
                Integer.parseInt(cells[7]),
                Integer.parseInt(cells[8]),
                Double.parseDouble(cells[4]),
                Double.parseDouble(cells[16]));
    }

    public static Ride fromJson(String json) {
        return Json.read(json, Ride.class);
    }

    public String toJson() {
        return Json.write(this);
    }

    /** Where and when it began. */
    public PickupLocation pickupLocation() {
        return new PickupLocation(pickupZone, pickup);
    }
}
