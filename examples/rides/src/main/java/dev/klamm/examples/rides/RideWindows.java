package dev.klamm.examples.rides;

import java.time.Duration;
import java.util.Locale;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/**
 * Counts the rides that begin in a zone, in windows of time. The clock is the data: a window ends when a ride comes that
 * began later, and stays open for the grace; a ride that comes later still is not counted.
 */
public final class RideWindows {

    static final Duration TUMBLING = Duration.ofSeconds(10);
    static final Duration HOPPING = Duration.ofHours(1);
    static final Duration HOP = Duration.ofMinutes(15);
    static final Duration SLIDING = Duration.ofMinutes(10);
    static final Duration PAUSE = Duration.ofMinutes(15);

    /** How time is cut into windows. */
    public enum Shape {
        /** Of 10 s, one after the other. */
        TUMBLING,
        /** Of an hour, a new one each quarter. */
        HOPPING,
        /** Of 10 minutes, that end or begin with a ride. */
        SLIDING,
        /** As long as there is no pause of more than a quarter of an hour. */
        SESSION
    }

    /** Which counts are told. */
    public enum Results {
        /** The new count with each ride; of a session that is joined with another, that it is no more. */
        EACH,
        /** One for each window, when it is closed. */
        FINAL
    }

    private RideWindows() {}

    /**
     * @param pickups of {@link PickupLocation}s or rides, with the pickup zone as key
     * @param counts gets {@link WindowCount}s, with window and zone as key, as Kafka's serde for windows writes it
     */
    public static Topology topology(Shape shape, Duration grace, Results results, String pickups, String counts) {
        var builder = new StreamsBuilder();
        KGroupedStream<String, PickupLocation> byZone = builder.stream(
                        pickups,
                        Consumed.with(Serdes.String(), Json.serde(PickupLocation.class))
                                .withTimestampExtractor(RideTime.OF_PICKUP))
                .groupByKey(Grouped.with(Serdes.String(), Json.serde(PickupLocation.class)));
        KTable<Windowed<String>, Long> counted = count(byZone, shape, grace);
        if (results == Results.FINAL) {
            counted = counted.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()));
        }
        counted.toStream()
                .mapValues((window, count) -> count == null ? null : WindowCount.of(window, count))
                .to(counts, Produced.with(key(shape), Json.serde(WindowCount.class)));
        return builder.build();
    }

    private static KTable<Windowed<String>, Long> count(
            KGroupedStream<String, PickupLocation> byZone, Shape shape, Duration grace) {
        return switch (shape) {
            case TUMBLING ->
                byZone.windowedBy(TimeWindows.ofSizeAndGrace(TUMBLING, grace)).count();
            case HOPPING ->
                byZone.windowedBy(TimeWindows.ofSizeAndGrace(HOPPING, grace).advanceBy(HOP))
                        .count();
            case SLIDING ->
                byZone.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(SLIDING, grace))
                        .count();
            case SESSION ->
                byZone.windowedBy(SessionWindows.ofInactivityGapAndGrace(PAUSE, grace))
                        .count();
        };
    }

    /** How the keys of the result are written, for whoever reads them. */
    public static Serde<Windowed<String>> key(Shape shape) {
        return switch (shape) {
            case TUMBLING -> WindowedSerdes.timeWindowedSerdeFrom(String.class, TUMBLING.toMillis());
            case HOPPING -> WindowedSerdes.timeWindowedSerdeFrom(String.class, HOPPING.toMillis());
            case SLIDING -> WindowedSerdes.timeWindowedSerdeFrom(String.class, SLIDING.toMillis());
            case SESSION -> WindowedSerdes.sessionWindowedSerdeFrom(String.class);
        };
    }

    /**
     * Arguments, each of which may be left out: bootstrap servers; {@code tumbling}, {@code hopping}, {@code sliding} or
     * {@code session}; seconds of grace; {@code each} or {@code final}; topics of pickup locations and of counts.
     */
    public static void main(String[] args) throws InterruptedException {
        var arguments = new Arguments(args);
        String bootstrapServers = arguments.next("localhost:9092");
        Shape shape = Shape.valueOf(arguments.next("tumbling").toUpperCase(Locale.ROOT));
        Duration grace = Duration.ofSeconds(Long.parseLong(arguments.next("5")));
        Results results = Results.valueOf(arguments.next("each").toUpperCase(Locale.ROOT));
        Topology topology = topology(
                shape,
                grace,
                results,
                arguments.next("rides_location"),
                arguments.next("rides-pulocation-window-count"));
        String applicationId = ("rides-windows-" + shape + "-" + results).toLowerCase(Locale.ROOT);
        RideStreams.run(topology, RideStreams.settings(applicationId, bootstrapServers));
    }
}
