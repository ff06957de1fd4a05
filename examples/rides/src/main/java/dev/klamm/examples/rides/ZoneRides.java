package dev.klamm.examples.rides;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Says where rides went by the zones' names, and counts them by borough. The zones are a global table: each instance of the
 * program has all of them, so that a ride finds its two zones whatever its key.
 */
public final class ZoneRides {

    private ZoneRides() {}

    /**
     * @param zones of {@link Zone}s, with the zone's number as key; read before the first ride is
     * @param named gets {@link NamedRide}s, with the key of the ride
     * @param boroughs gets the count of rides that began in a borough, as a {@code long} of eight bytes
     */
    public static Topology topology(String rides, String zones, String named, String boroughs) {
        var builder = new StreamsBuilder();
        GlobalKTable<String, Zone> table =
                builder.globalTable(zones, Consumed.with(Serdes.String(), Json.serde(Zone.class)));
        KStream<String, NamedRide> withNames = builder.stream(
                        rides, Consumed.with(Serdes.String(), Json.serde(Ride.class)))
                .leftJoin(table, (_, ride) -> String.valueOf(ride.pickupZone()), NamedRide::from)
                .leftJoin(table, (_, ride) -> String.valueOf(ride.ride().dropoffZone()), NamedRide::to);
        withNames.to(named, Produced.with(Serdes.String(), Json.serde(NamedRide.class)));
        withNames
                .map((_, ride) -> KeyValue.pair(ride.fromBorough(), ""))
                .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
                .count()
                .toStream()
                .to(boroughs, Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    /**
     * Arguments, each of which may be left out: bootstrap servers; topics of rides, of zones, of rides with names, and of
     * counts by borough.
     */
    public static void main(String[] args) throws InterruptedException {
        var arguments = new Arguments(args);
        String bootstrapServers = arguments.next("localhost:9092");
        Topology topology = topology(
                arguments.next("rides"),
                arguments.next("zones"),
                arguments.next("rides-named"),
                arguments.next("rides-borough-count"));
        RideStreams.run(topology, RideStreams.settings("rides-zones", bootstrapServers));
    }
}
