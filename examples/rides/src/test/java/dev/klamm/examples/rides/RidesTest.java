package dev.klamm.examples.rides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class RidesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("num.partitions", "3");

    @TempDir
    Path directory;

    @Test
    void aRideIsTheSameAfterJson() {
        Ride ride = ride(132, 48);

        assertThat(Ride.fromJson(ride.toJson())).isEqualTo(ride);
        assertThat(ride.toJson()).contains("\"pickup_datetime\":\"2020-07-01 00:25:32\"");
    }

    @Test
    void readsTheFileOfTheCourse() throws IOException {
        Path csv = directory.resolve("rides.csv");
        Files.writeString(csv, """
            VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,\
            store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,tip_amount,\
            tolls_amount,improvement_surcharge,total_amount,congestion_surcharge
            1,2020-07-01 00:25:32,2020-07-01 00:33:39,1,1.50,1,N,132,48,2,8,0.5,0.5,0,0,0.3,9.3,0
            """);

        assertThat(JsonRideProducer.read(csv)).containsExactly(ride(132, 48));
    }

    @Test
    void ridesToOneZoneGoToOnePartitionInOrder() throws Exception {
        try (var producer = new JsonRideProducer(broker.bootstrap(), "rides")) {
            List<RecordMetadata> places = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                places.add(producer.send(ride(i + 1, 48)));
            }

            assertThat(places)
                    .extracting(RecordMetadata::partition)
                    .containsOnly(places.getFirst().partition());
            assertThat(places).extracting(RecordMetadata::offset).containsExactly(0L, 1L, 2L, 3L, 4L);
        }
    }

    @Test
    void aLaterMemberGoesOnBehindWhatWasCommitted() {
        List<Ride> rides = new ArrayList<>();
        for (int zone = 1; zone <= 100; zone++) {
            rides.add(ride(zone, 265 - zone));
        }
        try (var producer = new JsonRideProducer(broker.bootstrap(), "rides")) {
            assertThat(producer.sendAll(rides)).isEqualTo(100);
        }

        List<Ride> first = consume(100);
        try (var producer = new JsonRideProducer(broker.bootstrap(), "rides")) {
            producer.sendAll(List.of(ride(7, 7)));
        }
        List<Ride> second = consume(1);

        assertThat(first).containsExactlyInAnyOrderElementsOf(rides);
        assertThat(second).containsExactly(ride(7, 7));
    }

    /** Reads and commits until it has so many. */
    private List<Ride> consume(int count) {
        List<Ride> read = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (var consumer = new JsonRideConsumer(broker.bootstrap(), "rides", "test")) {
            while (read.size() < count && System.nanoTime() < deadline) {
                read.addAll(consumer.poll(Duration.ofMillis(200)));
            }
            consumer.commit();
        }
        return read;
    }

    private static Ride ride(int pickupZone, int dropoffZone) {
        return new Ride(
                1,
                LocalDateTime.of(2020, 7, 1, 0, 25, 32),
                LocalDateTime.of(2020, 7, 1, 0, 33, 39),
                pickupZone,
                dropoffZone,
                1.5,
                9.3);
    }
}
