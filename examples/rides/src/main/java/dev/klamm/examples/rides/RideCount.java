package dev.klamm.examples.rides;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/** Counts rides by their key: each ride gives the new count of its key. */
public final class RideCount {

    private RideCount() {}

    /** @param counts gets the key, and its count as a {@code long} of eight bytes */
    public static Topology topology(String rides, String counts) {
        var builder = new StreamsBuilder();
        builder.stream(rides, Consumed.with(Serdes.String(), Json.serde(Ride.class)))
                .groupByKey(Grouped.with(Serdes.String(), Json.serde(Ride.class)))
                .count()
                .toStream()
                .to(counts, Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    /** Arguments, each of which may be left out: bootstrap servers, topic of rides, topic of counts. */
    public static void main(String[] args) throws InterruptedException {
        var arguments = new Arguments(args);
        String bootstrapServers = arguments.next("localhost:9092");
        Topology topology = topology(arguments.next("rides"), arguments.next("rides-pulocation-count"));
        RideStreams.run(topology, RideStreams.settings("rides-count", bootstrapServers));
    }
}
