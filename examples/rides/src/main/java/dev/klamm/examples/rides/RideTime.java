package dev.klamm.examples.rides;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * When things happened, for Kafka Streams: it is in the data. The time of a record is when it was sent, since a topic would
 * soon delete what is years old.
 */
final class RideTime {

    /** A ride is known when it ends. */
    static final TimestampExtractor OF_DROPOFF = (record, _) -> millis(((Ride) record.value()).dropoff());

    static final TimestampExtractor OF_PICKUP = (record, _) -> millis(((PickupLocation) record.value()).pickup());

    private RideTime() {}

    /** Since 1970. The data is in New York's time and doesn't say which one: all of it is taken as UTC. */
    static long millis(LocalDateTime time) {
        return time.toInstant(ZoneOffset.UTC).toEpochMilli();
    }

    static LocalDateTime ofMillis(long millis) {
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(millis, 1000), Math.floorMod(millis, 1000) * 1_000_000, ZoneOffset.UTC);
    }
}
