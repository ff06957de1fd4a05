package dev.klamm.examples.rides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import dev.klamm.examples.rides.Batch.Window;
import dev.klamm.examples.rides.RideJoin.Kind;
import dev.klamm.examples.rides.RideWindows.Results;
import dev.klamm.examples.rides.RideWindows.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Windowed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs on a running broker, over a file of rides: they come to what a computation over the file comes to. */
class ProgramsTest {

    private static final int PARTITIONS = 3;
    private static final int MOST_DIFFERENCES = 10;
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @TempDir
    Path directory;

    @Test
    void countsRidesByKey() throws Exception {
        List<Ride> rides = sendRides();

        check(
                RideCount.topology("rides", "results"),
                Serdes.String(),
                Serdes.Long(),
                (counts, record) -> counts.put(record.key(), record.value()),
                Batch.counts(rides, ride -> String.valueOf(ride.dropoffZone())),
                () -> {});
    }

    @ParameterizedTest
    @EnumSource
    void joinsRidesWithPickups(Kind kind) throws Exception {
        List<Ride> rides = sendRides();
        sendPickups(rides);

        try (var clock = clock()) {
            check(
                    RideJoin.topology(kind, "rides", "pickups", "results"),
                    Serdes.String(),
                    Json.serde(VendorInfo.class),
                    ProgramsTest::takeInfo,
                    Batch.join(kind, rides),
                    clock::tick);
        }
    }

    @Test
    void countsInTumblingWindows() throws Exception {
        checkWindows(Shape.TUMBLING, Results.EACH, Batch::tumbling);
    }

    @Test
    void countsInHoppingWindows() throws Exception {
        checkWindows(Shape.HOPPING, Results.EACH, Batch::hopping);
    }

    @Test
    void countsInSlidingWindows() throws Exception {
        checkWindows(Shape.SLIDING, Results.EACH, Batch::sliding);
    }

    @Test
    void countsInSessions() throws Exception {
        checkWindows(Shape.SESSION, Results.EACH, Batch::sessions);
    }

    @ParameterizedTest
    @EnumSource
    void tellsFinalResultsOnce(Shape shape) throws Exception {
        checkWindows(
                shape,
                Results.FINAL,
                switch (shape) {
                    case TUMBLING -> Batch::tumbling;
                    case HOPPING -> Batch::hopping;
                    case SLIDING -> Batch::sliding;
                    case SESSION -> Batch::sessions;
                });
    }

    /** Rides are reported when they end, their pickups being minutes or hours ago: most are late. */
    @ParameterizedTest
    @ValueSource(longs = {5, 600, 3_600})
    void countsLateRidesAsTheGraceSays(long graceSeconds) throws Exception {
        var grace = Duration.ofSeconds(graceSeconds);
        List<PickupLocation> late = RideFile.byDropoff(RideFile.rides()).stream()
                .map(Ride::pickupLocation)
                .toList();
        createTopics("pickups");
        send(late);

        check(
                RideWindows.topology(Shape.TUMBLING, grace, Results.EACH, "pickups", "results"),
                RideWindows.key(Shape.TUMBLING),
                Json.serde(WindowCount.class),
                ProgramsTest::takeWindow,
                Batch.tumbling(late, grace, PARTITIONS),
                () -> {});
    }

    @Test
    void namesTheZonesOfRides() throws Exception {
        List<Ride> rides = sendRides();
        Map<Integer, Zone> zones = sendZones();
        createTopics("boroughs");

        check(
                ZoneRides.topology("rides", "zones", "results", "boroughs"),
                Serdes.String(),
                Json.serde(NamedRide.class),
                (all, record) -> all.merge(record.value(), 1L, Long::sum),
                Batch.counts(
                        rides,
                        ride -> NamedRide.from(ride, zones.get(ride.pickupZone()))
                                .to(zones.get(ride.dropoffZone()))),
                () -> {});
    }

    @Test
    void countsRidesByBorough() throws Exception {
        List<Ride> rides = sendRides();
        Map<Integer, Zone> zones = sendZones();
        createTopics("named");

        check(
                ZoneRides.topology("rides", "zones", "named", "results"),
                Serdes.String(),
                Serdes.Long(),
                (counts, record) -> counts.put(record.key(), record.value()),
                Batch.counts(
                        rides,
                        ride -> NamedRide.from(ride, zones.get(ride.pickupZone()))
                                .fromBorough()),
                () -> {});
    }

    private void checkWindows(Shape shape, Results results, Function<List<PickupLocation>, Map<Window, Long>> batch)
            throws Exception {
        List<Ride> rides = RideFile.rides();
        createTopics("rides");
        sendPickups(rides);
        try (var clock = clock()) {
            check(
                    RideWindows.topology(shape, A_MINUTE, results, "pickups", "results"),
                    RideWindows.key(shape),
                    Json.serde(WindowCount.class),
                    ProgramsTest::takeWindow,
                    batch.apply(rides.stream().map(Ride::pickupLocation).toList()),
                    clock::tick);
        }
    }

    /** Runs it until its results are as wanted; when it has stopped, they must still be so. */
    private <K, V, R> void check(
            Topology topology,
            Serde<K> key,
            Serde<V> value,
            BiConsumer<Map<R, Long>, ConsumerRecord<K, V>> take,
            Map<R, Long> wanted,
            Runnable meanwhile)
            throws Exception {
        createTopics("results");
        String servers = broker.bootstrap();
        try (var reader = new ResultReader<>(servers, "results", key.deserializer(), value.deserializer(), take)) {
            try (var program = new RunningProgram(topology, "program", servers, directory)) {
                reader.await(wanted, () -> {
                    program.check();
                    meanwhile.run();
                });
            }
            assertThat(differences(reader.toEnd(), wanted)).isEmpty();
        }
    }

    /** Some of them, as text: a hundred thousand results are too many to look at. */
    private static <R> List<String> differences(Map<R, Long> results, Map<R, Long> wanted) {
        Map<R, Long> all = new HashMap<>(results);
        all.putAll(wanted);
        return all.keySet().stream()
                .filter(it -> !Objects.equals(results.get(it), wanted.get(it)))
                .map(it -> it + " is " + results.get(it) + " instead of " + wanted.get(it))
                .sorted()
                .limit(MOST_DIFFERENCES)
                .toList();
    }

    private static void takeInfo(Map<VendorInfo, Long> infos, ConsumerRecord<String, VendorInfo> record) {
        if (!Clock.isOfTheClock(record.value().zone())) {
            infos.merge(record.value(), 1L, Long::sum);
        }
    }

    private static void takeWindow(Map<Window, Long> counts, ConsumerRecord<Windowed<String>, WindowCount> record) {
        var window = record.key().window();
        var key = new Window(record.key().key(), window.start(), window.end());
        if (record.value() == null) {
            counts.remove(key);
        } else if (!Clock.isOfTheClock(Integer.parseInt(key.zone()))) {
            counts.put(key, record.value().rides());
        }
    }

    private Clock clock() {
        return new Clock(broker.bootstrap(), "rides", "pickups", PARTITIONS);
    }

    private List<Ride> sendRides() throws Exception {
        List<Ride> rides = RideFile.byDropoff(RideFile.rides());
        createTopics("rides");
        try (var producer = new JsonProducer(broker.bootstrap(), "rides")) {
            rides.forEach(ride -> producer.send(ride.dropoffZone(), ride));
            producer.flush();
        }
        return rides;
    }

    private void sendPickups(List<Ride> rides) throws Exception {
        createTopics("pickups");
        send(rides.stream()
                .map(Ride::pickupLocation)
                .sorted(Comparator.comparing(PickupLocation::pickup))
                .toList());
    }

    private void send(List<PickupLocation> pickups) {
        try (var producer = new JsonProducer(broker.bootstrap(), "pickups")) {
            pickups.forEach(pickup -> producer.send(pickup.zone(), pickup));
            producer.flush();
        }
    }

    private Map<Integer, Zone> sendZones() throws Exception {
        List<Zone> zones = RideFile.zones();
        createTopics("zones");
        try (var producer = new JsonProducer(broker.bootstrap(), "zones")) {
            zones.forEach(zone -> producer.send(zone.id(), zone));
            producer.flush();
        }
        return zones.stream().collect(Collectors.toMap(Zone::id, Function.identity()));
    }

    /** Results have the times of the rides, and would soon be too old for a topic that deletes by time. */
    private void createTopics(String... names) throws Exception {
        var admin = broker.admin();
        var there = admin.listTopics().names().get();
        admin.createTopics(List.of(names).stream()
                        .filter(name -> !there.contains(name))
                        .map(name -> new NewTopic(name, PARTITIONS, (short) 1).configs(Map.of("retention.ms", "-1")))
                        .toList())
                .all()
                .get();
    }
}
