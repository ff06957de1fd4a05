package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code klamm log dump} says the same as Apache Kafka's dump-log, and {@code klamm doctor} finds Kafka's own files sound. */
final class InspectionTest {
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern KAFKAS_BATCH = Pattern.compile(
            "baseOffset: (\\d+) lastOffset: (\\d+) count: (\\d+) .*producerId: (-?\\d+) .*position: (\\d+) .*size:"
                    + " (\\d+) .*crc: (\\d+) isvalid: (\\w+)");

    /** What both tools say of a batch, as text. */
    private record Batch(
            String base,
            String last,
            String count,
            String producer,
            String at,
            String size,
            String crc,
            String isRight) {}

    @Test
    void theDumpAgreesWithKafkas() {
        try (var broker = BrokerUnderTest.start("inspection", Map.of())) {
            Path segment = fill(broker);
            broker.stop();

            List<Batch> ours = klamm("log", "dump", segment.toString(), "-o", "json").awaitSuccess().stream()
                    .map(InspectionTest::ours)
                    .toList();

            assertThat(ours).hasSizeGreaterThanOrEqualTo(COMPRESSIONS.size()).isEqualTo(kafkas(segment));
        }
    }

    @Test
    void theDoctorFindsADirectoryOfKlammSoundAlsoWhileItRuns() {
        try (var broker = BrokerUnderTest.start("doctor", Map.of())) {
            fill(broker);
            assertThat(doctor(broker, "--live").getLast()).startsWith("Sound: ");
            broker.stop();
            assertThat(doctor(broker)).singleElement().asString().startsWith("Sound: ");
        }
    }

    @Test
    void theDoctorFindsADirectoryOfApacheKafkaSound() {
        try (var first = BrokerUnderTest.start("doctor-kafka", Map.of())) {
            first.stop();
            try (var kafka = first.handOver(new KafkaDistribution())) {
                fill(kafka);
                kafka.stop();
                assertThat(doctor(kafka)).last().asString().startsWith("Sound: ");
            }
        }
    }

    /** Returns the segment. */
    private static Path fill(BrokerUnderTest broker) {
        try (var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(1);
            for (String compression : COMPRESSIONS) {
                reference.produce(topic, 0, compression, Reference.numbered(compression + " ", 500));
            }
            return broker.partitionDirectory(topic, 0).resolve("00000000000000000000.log");
        }
    }

    /** What {@code klamm doctor} says of its directory, and with exit status 0. */
    static List<String> doctor(BrokerUnderTest broker, String... options) {
        return klamm(Stream.concat(Stream.of("doctor", broker.logDirectory().toString()), Stream.of(options))
                        .toArray(String[]::new))
                .awaitSuccess();
    }

    private static Program klamm(String... words) {
        return Program.start(Program.javaCommand(
                Repository.KLAMM_JARS + "/*", List.of("-Xmx256m"), "dev.klamm.cli.Klamm", List.of(words)));
    }

    private static Batch ours(String line) {
        try {
            JsonNode it = JSON.readTree(line);
            return new Batch(
                    it.get("baseOffset").asText(),
                    it.get("lastOffset").asText(),
                    it.get("count").asText(),
                    it.get("producerId").asText(),
                    it.get("position").asText(),
                    it.get("sizeBytes").asText(),
                    it.get("crc").asText(),
                    it.get("crcIsRight").asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Batch> kafkas(Path segment) {
        List<Batch> batches = new ArrayList<>();
        for (String line : KafkaTool.DUMP_LOG.run("--files", segment.toString())) {
            Matcher it = KAFKAS_BATCH.matcher(line);
            if (it.find()) {
                batches.add(new Batch(
                        it.group(1),
                        it.group(2),
                        it.group(3),
                        it.group(4),
                        it.group(5),
                        it.group(6),
                        it.group(7),
                        it.group(8)));
            }
        }
        return batches;
    }
}
