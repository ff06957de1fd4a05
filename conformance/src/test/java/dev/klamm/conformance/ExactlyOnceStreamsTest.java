package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.conformance.TotalsProgram.Total;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Kafka Streams application with {@code exactly_once_v2} adds up numbers, and it and the broker are killed in turn, in the
 * middle of transactions: each number is in the totals, once. {@code -Dconformance.streams.kills=20
 * -Dconformance.streams.records=1000000} is the long run.
 */
final class ExactlyOnceStreamsTest {
    private static final int KILLS = Integer.getInteger("conformance.streams.kills", 2);
    private static final int RECORDS = Integer.getInteger("conformance.streams.records", 20_000);
    private static final int PARTITIONS = 6;

    /** More than the interval of the application's commits, so that kills hit any moment of a transaction. */
    private static final int LONGEST_PAUSE_MS = 250;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Map<String, String> SETTINGS = Map.of(
            "auto.create.topics.enable", "false",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "log.cleaner.backoff.ms", "500");

    @TempDir
    Path directory;

    private final Random random = new Random();
    private final Alarm alarm = new Alarm();

    @Test
    void totalsAreExactWhateverIsKilled() throws Exception {
        long begin = System.nanoTime();
        try (var broker = BrokerUnderTest.start("streams", SETTINGS)) {
            load(broker.bootstrapServers());
            try (var reader = new TotalsReader(broker.bootstrapServers(), PARTITIONS);
                    var application = new KillableApplication(broker.bootstrapServers(), directory)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    await(reader, (long) RECORDS * (kill + 1) / (KILLS + 1), broker, application);
                    alarm.pause(random.nextInt(LONGEST_PAUSE_MS));
                    if (kill % 2 == 0) {
                        application.killAndStart();
                    } else {
                        broker.kill();
                        broker.startAgain();
                    }
                    System.out.println(line(kill, reader.poll(), begin));
                }
                await(reader, RECORDS, broker, application);
                application.stop();
                application.failures().forEach(failure -> System.out.println("exactly once: a thread " + failure));
                assertExact(reader);
            }
            try (var again = new TotalsReader(broker.bootstrapServers(), PARTITIONS)) {
                assertExact(again);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "exactly once: %,d records, %d kills, %d keys: all totals exact, after %.0f s%n",
                RECORDS,
                KILLS,
                TotalsProgram.KEYS,
                (System.nanoTime() - begin) / 1e9);
    }

    private static String line(int kill, long read, long begin) {
        return String.format(
                Locale.ROOT,
                "exactly once: %.1f s, %,d of %,d committed, kill %d: %s",
                (System.nanoTime() - begin) / 1e9,
                read,
                RECORDS,
                kill + 1,
                kill % 2 == 0 ? "the application" : "the broker");
    }

    private static void load(String bootstrapServers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(Stream.of(TotalsProgram.NUMBERS, TotalsProgram.TOTALS)
                            .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new LongSerializer())) {
            for (long number = 0; number < RECORDS; number++) {
                var _ = producer.send(
                        new ProducerRecord<>(TotalsProgram.NUMBERS, (int) (number % PARTITIONS), null, number));
            }
        }
    }

    private void await(TotalsReader reader, long committed, BrokerUnderTest broker, KillableApplication application) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (reader.poll() < committed) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no more than " + reader.poll() + " of " + committed
                        + " results were committed\n--- application:\n" + application.transcript()
                        + "\n--- broker:\n" + broker.transcript());
            }
        }
    }

    private static void assertExact(TotalsReader reader) {
        assertThat(reader.toEnd()).isEqualTo(RECORDS);
        assertThat(reader.wrong()).isEmpty();
        Map<Integer, Total> wanted = new HashMap<>();
        for (long number = 0; number < RECORDS; number++) {
            long added = number;
            wanted.compute(TotalsProgram.key(number), (_, total) -> (total == null ? Total.NONE : total).plus(added));
        }
        assertThat(reader.totals()).isEqualTo(wanted);
    }
}
