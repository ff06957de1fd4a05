package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.Locale;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * Where a ride ends and somebody is picked up soon before or after, the taxi might have been the same: rides joined with
 * pickup locations on the zone. The two are joined within a window; of the pairs, those that are close are kept.
 */
public final class RideJoin {

    /** Between the end of a ride and a pickup, either way. */
    static final Duration WINDOW = Duration.ofMinutes(20);

    /** For what comes late; until then a left or outer join says nothing of a ride that has met nobody. */
    static final Duration GRACE = Duration.ofMinutes(5);

    static final Duration MOST_APART = Duration.ofMinutes(10);

    /** Which of the rides and pickups that met nothing in the window are in the result, too. */
    public enum Kind {
        /** None. */
        INNER,
        /** Rides. */
        LEFT,
        /** Both. */
        OUTER
    }

    private RideJoin() {}

    /**
     * @param rides with the drop-off zone as key
     * @param pickups of {@link PickupLocation}s; the key doesn't matter
     * @param vendorInfos gets {@link VendorInfo}s, with the zone as key
     */
    public static Topology topology(Kind kind, String rides, String pickups, String vendorInfos) {
        var builder = new StreamsBuilder();
        KStream<String, Ride> ended = builder.stream(
                rides,
                Consumed.with(Serdes.String(), Json.serde(Ride.class)).withTimestampExtractor(RideTime.OF_DROPOFF));
        // A new key: Kafka Streams sends the pickups through a topic of its own, so that they meet the rides.
        KStream<String, PickupLocation> begun = builder.stream(
                        pickups,
                        Consumed.with(Serdes.String(), Json.serde(PickupLocation.class))
                                .withTimestampExtractor(RideTime.OF_PICKUP))
                .selectKey((_, pickup) -> String.valueOf(pickup.zone()));
        join(kind, ended, begun)
                .filter((_, info) -> info.isWithin(MOST_APART))
                .to(vendorInfos, Produced.with(Serdes.String(), Json.serde(VendorInfo.class)));
        return builder.build();
    }

    private static KStream<String, VendorInfo> join(
            Kind kind, KStream<String, Ride> ended, KStream<String, PickupLocation> begun) {
        JoinWindows window = JoinWindows.ofTimeDifferenceAndGrace(WINDOW, GRACE);
        StreamJoined<String, Ride, PickupLocation> serdes =
                StreamJoined.with(Serdes.String(), Json.serde(Ride.class), Json.serde(PickupLocation.class));
        return switch (kind) {
            case INNER -> ended.join(begun, VendorInfo::of, window, serdes);
            case LEFT -> ended.leftJoin(begun, VendorInfo::of, window, serdes);
            case OUTER -> ended.outerJoin(begun, VendorInfo::of, window, serdes);
        };
    }

    /**
     * Arguments, each of which may be left out: bootstrap servers; {@code inner}, {@code left} or {@code outer}; topics of
     * rides, of pickup locations and of the result.
     */
    public static void main(String[] args) throws InterruptedException {
        var arguments = new Arguments(args);
        String bootstrapServers = arguments.next("localhost:9092");
        Kind kind = Kind.valueOf(arguments.next("inner").toUpperCase(Locale.ROOT));
        Topology topology = topology(
                kind, arguments.next("rides"), arguments.next("rides_location"), arguments.next("vendor_info"));
        String applicationId = "rides-join-" + kind.name().toLowerCase(Locale.ROOT);
        RideStreams.run(topology, RideStreams.settings(applicationId, bootstrapServers));
    }
}
