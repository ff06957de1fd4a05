package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * docs/compatibility.md says of every API of Kafka what is served. With {@code -Dcompatibility.rewrite=true} the versions in
 * it are written anew, for what the broker serves by now.
 */
class CompatibilityTest {
    private static final Path PAGE = Path.of("../docs/compatibility.md");
    private static final boolean REWRITE = Boolean.getBoolean("compatibility.rewrite");
    private static final String NOT_SERVED = "-";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    /** A line of the table. */
    private record Row(int key, String name, String klamm, String kafka, String note) {
        static Row read(String line) {
            String[] cells = line.split("\\|", -1);
            return new Row(
                    Integer.parseInt(cells[1].strip()),
                    cells[2].strip(),
                    cells[3].strip(),
                    cells[4].strip(),
                    cells[5].strip());
        }

        String write() {
            return "| %d | %s | %s | %s | %s |".formatted(key, name, klamm, kafka, note);
        }

        Row serving(String versions) {
            return new Row(key, name, versions, kafka, note);
        }
    }

    @Test
    void thePageSaysWhatTheBrokerServes() throws Exception {
        Map<Integer, String> served = served();
        if (REWRITE) {
            rewrite(served);
        }

        List<Row> rows = rows();

        assertThat(rows)
                .extracting(Row::klamm)
                .isEqualTo(rows.stream()
                        .map(row -> served.getOrDefault(row.key(), NOT_SERVED))
                        .toList());
    }

    @Test
    void thePageNamesEveryApiOfKafkaWithTheVersionsThatItsBrokersServe() throws IOException {
        assertThat(rows().stream().map(row -> row.key() + " " + row.name() + " " + row.kafka()))
                .containsExactlyElementsOf(Stream.of(ApiKeys.values())
                        .map(key -> key.id + " " + key.name + " " + ofKafka(key))
                        .toList());
    }

    /** And what is served, is served in Kafka's versions. */
    @Test
    void whatIsNotServedHasItsReason() throws IOException {
        for (Row row : rows()) {
            if (row.klamm().equals(NOT_SERVED)) {
                assertThat(row.note()).as(row.name()).isNotEmpty();
            } else {
                assertThat(row.klamm()).as(row.name()).isEqualTo(row.kafka());
            }
        }
    }

    private Map<Integer, String> served() throws Exception {
        var served = new TreeMap<Integer, String>();
        try (WireClient client = new WireClient(broker.address())) {
            var response = client.ask(ApiVersionsResponseData.class, (short) 0, 1, new ApiVersionsRequestData());
            response.apiKeys()
                    .forEach(api -> served.put((int) api.apiKey(), versions(api.minVersion(), api.maxVersion())));
        }
        return served;
    }

    /** Of Produce a broker announces more than it serves (KAFKA-18659). */
    private static String ofKafka(ApiKeys key) {
        if (!key.hasValidVersion() || !key.inScope(ListenerType.BROKER)) {
            return NOT_SERVED;
        }
        return versions(key == ApiKeys.PRODUCE ? 0 : key.oldestVersion(), key.latestVersion(false));
    }

    private static String versions(int oldest, int latest) {
        return oldest == latest ? String.valueOf(oldest) : oldest + "-" + latest;
    }

    private static List<Row> rows() throws IOException {
        try (Stream<String> lines = Files.lines(PAGE)) {
            return lines.filter(CompatibilityTest::isRow).map(Row::read).toList();
        }
    }

    private static boolean isRow(String line) {
        return line.matches("\\| \\d+ \\|.*");
    }

    private static void rewrite(Map<Integer, String> served) throws IOException {
        var lines = new ArrayList<String>();
        for (String line : Files.readAllLines(PAGE)) {
            if (isRow(line)) {
                Row row = Row.read(line);
                lines.add(
                        row.serving(served.getOrDefault(row.key(), NOT_SERVED)).write());
            } else {
                lines.add(line);
            }
        }
        Files.writeString(PAGE, lines.stream().collect(Collectors.joining("\n", "", "\n")));
    }
}
