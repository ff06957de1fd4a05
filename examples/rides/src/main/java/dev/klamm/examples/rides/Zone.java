package dev.klamm.examples.rides;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A taxi zone, as in the taxi commission's taxi_zone_lookup.csv. */
public record Zone(
        @JsonProperty("location_id") int id,
        @JsonProperty("borough") String borough,
        @JsonProperty("zone") String name) {

    /** Reads a line like {@code 4,"Manhattan","Alphabet City","Yellow Zone"}; there is no comma within the quotes. */
    public static Zone fromCsv(String line) {
        String[] cells = line.replace("\"", "").split(",", -1);
        return new Zone(Integer.parseInt(cells[0]), cells[1], cells[2]);
    }
}
