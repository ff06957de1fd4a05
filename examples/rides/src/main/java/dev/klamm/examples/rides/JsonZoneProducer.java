package dev.klamm.examples.rides;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Writes the taxi zones of a CSV file to a topic, as JSON, with the zone's number as key. */
public final class JsonZoneProducer {

    private JsonZoneProducer() {}

    /** Reads a file in the style of the taxi commission's taxi_zone_lookup.csv. */
    public static List<Zone> read(Path csv) throws IOException {
        try (Stream<String> lines = Files.lines(csv)) {
            return lines.skip(1).map(Zone::fromCsv).toList();
        }
    }

    /** Arguments: CSV file, topic, bootstrap servers; all but the first may be left out. */
    public static void main(String[] args) throws IOException {
        List<Zone> zones = read(Path.of(args[0]));
        String topic = args.length < 2 ? "zones" : args[1];
        String bootstrapServers = args.length < 3 ? "localhost:9092" : args[2];
        try (var producer = new JsonProducer(bootstrapServers, topic)) {
            zones.forEach(zone -> producer.send(zone.id(), zone));
            producer.flush();
        }
        System.out.println(zones.size() + " zones acknowledged");
    }
}
