package dev.klamm.examples.rides;

import static dev.klamm.examples.rides.SomeRides.ride;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.RunningBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RideFaresTest {

    private static final Duration POLL = Duration.ofMillis(200);

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @Test
    void theFareOfARideIsPerMile() {
        assertThat(Fare.of(ride("10:00:00", 1, "10:10:00", 48)))
                .isEqualTo(new Fare(48, SomeRides.at("10:10:00"), 9.3, 6.2));
    }

    @Test
    void writesTheFareOfEachRideOfTheFileOnce() throws Exception {
        List<Ride> rides = RideFile.rides();
        send(rides);
        Map<Fare, Long> wanted = fares(rides);

        try (var program = program("one");
                var results = results()) {
            int done = 0;
            while (done < rides.size()) {
                done += program.step(POLL);
            }

            assertThat(results.toEnd()).hasSameSizeAs(wanted).isEqualTo(wanted);
        }
    }

    @Test
    void whoTakesOverGoesOnBehindWhatWasCommitted() throws Exception {
        List<Ride> rides = List.of(ride("10:00:00", 1, "10:10:00", 48), ride("10:00:00", 1, "10:10:00", 132));
        send(rides.subList(0, 1));
        try (var first = program("one")) {
            stepUntilDone(first, 1);
        }
        send(rides.subList(1, 2));

        try (var second = program("one");
                var results = results()) {
            stepUntilDone(second, 1);

            assertThat(results.toEnd()).isEqualTo(fares(rides));
        }
    }

    @Test
    void aRideThatIsNoneStopsItAndLeavesNothingHalf() throws Exception {
        send(List.of(ride("10:00:00", 1, "10:10:00", 48)));
        sendText("this is no ride");

        try (var program = program("one");
                var results = results()) {
            assertThatThrownBy(() -> stepUntilDone(program, 2)).isInstanceOf(SerializationException.class);

            assertThat(results.toEnd()).isEmpty();
        }
    }

    @Test
    void oneThatHasBeenReplacedCannotGoOn() throws Exception {
        createTopics();
        var first = program("one");
        try (var second = program("one");
                var results = results()) {
            List<Ride> rides = List.of(ride("10:00:00", 1, "10:10:00", 48));
            send(rides);

            try (first) {
                assertThatThrownBy(() -> stepUntilDone(first, 1)).isInstanceOf(ProducerFencedException.class);
            }
            stepUntilDone(second, 1);

            assertThat(results.toEnd()).isEqualTo(fares(rides));
        }
    }

    private static void stepUntilDone(RideFares program, int rides) {
        int done = 0;
        while (done < rides) {
            done += program.step(POLL);
        }
    }

    private static Map<Fare, Long> fares(List<Ride> rides) {
        return rides.stream().map(Fare::of).collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private RideFares program(String transactionalId) {
        return new RideFares(broker.bootstrap(), transactionalId, "fares", "rides", "fares");
    }

    private ResultReader<String, Fare, Fare> results() {
        return new ResultReader<>(
                broker.bootstrap(),
                "fares",
                new StringDeserializer(),
                Json.serde(Fare.class).deserializer(),
                (all, record) -> all.merge(record.value(), 1L, Long::sum));
    }

    private void send(List<Ride> rides) throws Exception {
        createTopics();
        try (var producer = new JsonProducer(broker.bootstrap(), "rides")) {
            rides.forEach(ride -> producer.send(ride.dropoffZone(), ride));
            producer.flush();
        }
    }

    private void sendText(String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("rides", "48", value)).get();
        }
    }

    private void createTopics() throws Exception {
        var there = broker.admin().listTopics().names().get();
        if (!there.contains("rides")) {
            broker.admin()
                    .createTopics(List.of(new NewTopic("rides", 1, (short) 1), new NewTopic("fares", 3, (short) 1)))
                    .all()
                    .get();
        }
    }
}
