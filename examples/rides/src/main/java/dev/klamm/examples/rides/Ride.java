package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** One taxi ride. Its JSON has the names of the data, so that what {@code klamm demo rides} sends can be read as well. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Ride(
        @JsonProperty("pickup_datetime") @JsonFormat(pattern = TIME)
        LocalDateTime pickup,

        @JsonProperty("dropoff_datetime") @JsonFormat(pattern = TIME)
        LocalDateTime dropoff,

        @JsonProperty("pickup_location_id") int pickupZone,
        @JsonProperty("dropoff_location_id") int dropoffZone,
        @JsonProperty("trip_distance") double distance,
        @JsonProperty("total_amount") double total) {

    private static final String TIME = "yyyy-MM-dd HH:mm:ss";
    private static final DateTimeFormatter CSV_TIME = DateTimeFormatter.ofPattern(TIME);
    private static final ObjectMapper JSON = new ObjectMapper().registerModule(new JavaTimeModule());

    /** Reads a line of the course's rides.csv. */
    public static Ride fromCsv(String line) {
        String[] cells = line.split(",", -1);
        return new Ride(
                LocalDateTime.parse(cells[1], CSV_TIME),
                LocalDateTime.parse(cells[2], CSV_TIME),
                Integer.parseInt(cells[7]),
                Integer.parseInt(cells[8]),
                Double.parseDouble(cells[4]),
                Double.parseDouble(cells[16]));
    }

    public static Ride fromJson(String json) {
        try {
            return JSON.readValue(json, Ride.class);
        } catch (IOException e) {
            throw new UncheckedIOException("This is no ride: " + json, e);
        }
    }

    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
