package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klamm;
import static dev.klamm.cli.CommandLineRun.klammAt;
import static dev.klamm.cli.CommandLineRun.klammReading;
import static dev.klamm.cli.CommandLineRun.with;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LogDumpTest {
    private static final String SEGMENT = "00000000000000000000.log";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("offsets.topic.num.partitions", "1");

    @BeforeEach
    void produceThreeRecords() {
        produce("de:Hallo\nen:Hello\nfr:Salut\n");
    }

    private void produce(String lines) {
        String[] words = {"produce", "greetings", "--key-separator", ":", "--header", "source=shell"};
        klammReading(lines, with(broker.bootstrap(), words));
    }

    private CommandLineRun dump(String target, String... words) {
        List<String> all = new ArrayList<>(List.of("log", "dump", target));
        all.addAll(List.of(words));
        if (!target.contains("/")) {
            all.addAll(List.of("--dir", broker.dataDirectory().toString()));
        }
        return klamm(all.toArray(String[]::new));
    }

    private String file(String name) {
        return broker.dataDirectory().resolve(name).toString();
    }

    @Test
    void whatIsOnlyInTheJournalYetIsShownOfARunningBroker() {
        CommandLineRun run = dump("greetings-0", "--records");

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .anyMatch(line -> line.endsWith("klamm.journal.0 (not in a segment yet)"))
                .anyMatch(line -> line.matches("-- batch 0-2: 3 records, not compressed, \\d+ bytes at \\d+, crc ok"))
                .anyMatch(line -> line.matches(" +0  20\\S+Z  source=shell  de   Hallo"))
                .anyMatch(line -> line.matches(" +2  20\\S+Z  source=shell  fr   Salut"));
    }

    @Test
    void segmentsAndTheJournalAreShownInTheOrderOfTheirOffsets() throws Exception {
        broker.restart();
        produce("es:Hola\n");

        CommandLineRun run = dump("greetings-0", "-o", "json");

        assertThat(run.out()).hasSize(2);
        assertThat(run.out().get(0))
                .contains(SEGMENT, "\"lsn\":null,\"baseOffset\":0,\"lastOffset\":2", "\"crcIsRight\":true");
        assertThat(run.out().get(1)).contains("klamm.journal.", "\"baseOffset\":3,\"lastOffset\":3");
    }

    @Test
    void aSegmentIsShownBatchByBatch() throws IOException {
        produce("es:Hola\n");
        broker.stop();

        CommandLineRun run = dump(file("greetings-0/" + SEGMENT));

        assertThat(run.out().get(1))
                .matches("OFFSETS  RECORDS  TIMESTAMP +CODEC  LEADER EPOCH  PRODUCER  SEQUENCES  FLAGS  POSITION"
                        + "  SIZE  CRC");
        assertThat(run.out().get(2)).matches(" +0-2 +3  20\\S+Z  none +0 +\\d+/0 +0-2 +- +0 +\\d+  ok");
        assertThat(run.out().get(3)).matches(" +3 +1  20\\S+Z  none +0 +\\d+/0 +0 +- +\\d+ +\\d+  ok");
    }

    @Test
    void theRangeIsAsWanted() {
        produce("es:Hola\nit:Ciao\n");

        assertThat(dump("greetings-0", "-o", "json", "--offset", "1", "--max", "1")
                        .out())
                .singleElement()
                .asString()
                .contains("\"baseOffset\":0");
        assertThat(dump("greetings-0", "-r", "-o", "json", "--offset", "2", "--max", "2")
                        .out())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("{\"offset\":2,")
                .endsWith("\"key\":\"fr\",\"value\":\"Salut\",\"headers\":[{\"key\":\"source\",\"value\":\"shell\"}]}");
    }

    @Test
    void theRecordsOfInternalTopicsAreDecoded() {
        klammAt(broker.bootstrap(), "consume", "greetings", "-g", "readers", "--exit-at-end");

        assertThat(dump("__consumer_offsets-0", "-r", "-o", "json").out())
                .anyMatch(line -> line.contains("\"type\":\"OFFSET_COMMIT\",\"key\":{\"group\":\"readers\","
                        + "\"topic\":\"greetings\",\"partition\":0},\"value\":{\"offset\":3,"));
        assertThat(dump("__cluster_metadata-0", "-r", "--full").out())
                .anyMatch(line -> line.matches(" +0 .*LEADER_CHANGE +\\{\"version\":0,\"leaderId\":1,.*"))
                .anyMatch(line -> line.matches(" +\\d+ .*TOPIC_RECORD +\\{\"name\":\"greetings\",\"topicId\":.*"));
    }

    @Test
    void theJournalIsShownWithTheNamesOfTopics() {
        CommandLineRun run = dump(file("klamm.journal.0"));

        assertThat(run.out().getFirst())
                .endsWith("klamm.journal.0: begins with lsn 0; what is below lsn 0 is in segments");
        assertThat(run.out())
                .anyMatch(line -> line.matches("-- frame at 8192: \\d+ bytes, synced below lsn 0, .*"))
                .anyMatch(line -> line.matches(" +\\d+  greetings-0 +batches +0-2 +\\d+ +\\d+"));
        assertThat(run.out().getLast()).matches("The good frames end at byte \\d+ of \\d+, with lsn \\d+ to come[.]");
    }

    @Test
    void theFilesBesideTheSegmentsAreShown() throws IOException {
        broker.stop();

        assertThat(dump(file("greetings-0/00000000000000000000.timeindex")).out())
                .hasSize(2)
                .first()
                .isEqualTo("TIMESTAMP                 OFFSET");
        assertThat(dump(file("greetings-0/00000000000000000003.snapshot"), "-o", "json")
                        .out())
                .singleElement()
                .asString()
                .contains("\"epoch\":0,\"lastSequence\":2,\"lastOffset\":2,\"offsetDelta\":2");
        assertThat(dump(file("greetings-0/leader-epoch-checkpoint"), "-o", "json")
                        .out())
                .containsExactly("{\"leaderEpoch\":0,\"startOffset\":0}");
        assertThat(dump(file("recovery-point-offset-checkpoint"), "-o", "json").out())
                .contains("{\"topic\":\"greetings\",\"partition\":0,\"offset\":3}");
    }

    @Test
    void aBatchWithAWrongCrcIsMarkedAndTheStatusSaysSo() throws IOException {
        produce("es:Hola\n");
        broker.stop();
        Path segment = Path.of(file("greetings-0/" + SEGMENT));
        byte[] bytes = Files.readAllBytes(segment);
        bytes[70] ^= 1;
        Files.write(segment, bytes);

        CommandLineRun run = dump(segment.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out().get(2)).endsWith("WRONG");
        assertThat(run.out().get(3)).endsWith("ok");
        assertThat(run.err()).containsExactly("1 damaged piece. Look for more with: klamm doctor");
    }

    @Test
    void whatIsNoBatchIsPassedOver() throws IOException {
        produce("es:Hola\n");
        broker.stop();
        Path segment = Path.of(file("greetings-0/" + SEGMENT));
        byte[] bytes = Files.readAllBytes(segment);
        bytes[8] = 0x7f;
        Files.write(segment, bytes);

        CommandLineRun run = dump(segment.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out().get(2)).matches("\\d+ bytes at 0 can't be read: the length is \\d+");
        assertThat(run.out().get(3)).matches(" +3 .*ok");
    }

    @Test
    void keysAndValuesAreTextOrHexadecimalAndCutToAWidth() {
        klammReading(
                "{\"key\":{\"base64\":\"AAECAw==\"},\"value\":\"" + "x".repeat(100) + "\"}\n",
                with(broker.bootstrap(), "produce", "bytes", "-i", "json"));

        assertThat(dump("bytes-0", "-r").out().getLast()).endsWith("0x00010203  " + "x".repeat(79) + "…");
        assertThat(dump("bytes-0", "-r", "--full").out().getLast()).endsWith("0x00010203  " + "x".repeat(100));
    }

    @Test
    void nothingIsChanged() throws IOException {
        broker.stop();
        Map<Path, String> before = contents();

        dump("greetings-0", "-r");
        dump("nothing-0");
        dump(file("greetings-0/00000000000000000000.index"));

        assertThat(contents()).isEqualTo(before);
    }

    private Map<Path, String> contents() throws IOException {
        var contents = new TreeMap<Path, String>();
        try (Stream<Path> files = Files.walk(broker.dataDirectory())) {
            for (Path path : files.toList()) {
                String bytes = Files.isRegularFile(path) ? new String(Files.readAllBytes(path), ISO_8859_1) : "";
                contents.put(path, Files.getLastModifiedTime(path) + bytes);
            }
        }
        return contents;
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertThat(dump("nothing-0").err())
                .singleElement()
                .asString()
                .startsWith("There is no partition nothing-0 in ");
        assertThat(klamm("log", "dump", "rides-0", "--dir", "/nowhere").err())
                .containsExactly("There is no data directory /nowhere: name it with --dir.");
        assertThat(dump(file("meta.properties")).status()).isEqualTo(1);
    }
}
