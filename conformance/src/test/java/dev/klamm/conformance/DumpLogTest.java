package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** After a clean stop, Apache Kafka's dump-log tool reads the directory: segments, indexes, offsets and metadata. */
final class DumpLogTest {
    private static final String SEGMENT = "00000000000000000000";
    private static final String ID = "a-transactional-id";
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private static Path directory = Path.of("");
    private static Path partition = Path.of("");
    private static String topic = "";
    private static String transactional = "";
    private static String group = "";

    @BeforeAll
    static void produceConsumeAndStop() {
        var settings = Map.of("offsets.topic.num.partitions", "1", "transaction.state.log.num.partitions", "1");
        try (var broker = BrokerUnderTest.start("dump-log", settings);
                var reference = new Reference(broker.bootstrapServers())) {
            topic = reference.newTopic(1);
            group = Reference.newName("group");
            for (String compression : COMPRESSIONS) {
                reference.produce(topic, 0, compression, Reference.numbered(compression + " ", 50));
            }
            ScriptedClient.java()
                    .member(broker.bootstrapServers(), topic, group, "member", 7)
                    .awaitSuccess();
            transactional = reference.newTopic(1);
            try (var transaction = new OpenTransaction(broker.bootstrapServers(), ID)) {
                transaction.send(transactional, "a record");
                transaction.commitOffset(group, transactional, 3);
                transaction.commit();
            }
            directory = broker.logDirectory();
            partition = broker.partitionDirectory(topic, 0);
        }
    }

    @AfterAll
    static void forget() {
        directory = Path.of("");
    }

    @Test
    void readsTheSegmentWithEveryCompression() {
        List<String> dump = dump(partition.resolve(SEGMENT + ".log"), "--print-data-log");

        assertThat(dump.stream().filter(line -> line.startsWith("baseOffset:")))
                .allMatch(line -> line.endsWith("isvalid: true"))
                .allMatch(line -> line.contains("magic: 2"));
        for (String compression : COMPRESSIONS) {
            assertThat(dump).anyMatch(line -> line.contains("compresscodec: " + compression));
        }
        assertThat(dump.stream().filter(line -> line.contains("payload: "))).hasSize(250);
        assertThat(dump.getLast()).contains("| offset: 249 ", " payload: zstd 49");
    }

    @Test
    void findsTheIndexesInOrder() throws IOException {
        for (String suffix : List.of(".index", ".timeindex")) {
            Path index = partition.resolve(SEGMENT + suffix);
            assertThat(Files.exists(index)).as(index.toString()).isTrue();
            assertThat(dump(index)).noneMatch(line -> line.contains("Found ") || line.contains("Mismatch"));
        }
    }

    @Test
    void readsGroupsAndCommittedOffsets() {
        List<String> dump = dump(directory.resolve("__consumer_offsets-0/" + SEGMENT + ".log"), "--offsets-decoder");

        assertThat(dump)
                .anyMatch(line -> line.contains("\"type\":\"2\",\"data\":{\"group\":\"" + group + "\"}")
                        && line.contains("\"protocolType\":\"consumer\""))
                .anyMatch(line -> line.contains(
                                "\"data\":{\"group\":\"" + group + "\",\"topic\":\"" + topic + "\",\"partition\":0}")
                        && line.contains("\"data\":{\"offset\":7,"));
    }

    @Test
    void readsTheStatesOfATransaction() {
        List<String> dump =
                dump(directory.resolve("__transaction_state-0/" + SEGMENT + ".log"), "--transaction-log-decoder");

        List<String> records = dump.stream()
                .filter(line -> line.contains("\"transactionalId\":\"" + ID + "\""))
                .toList();
        assertThat(records).allMatch(line -> line.contains("\"type\":\"0\""));
        // 0 empty, 1 ongoing, 2 prepare commit, 4 complete commit
        for (int status : List.of(0, 1, 2, 4)) {
            assertThat(records).anyMatch(line -> line.contains("\"transactionStatus\":" + status));
        }
        assertThat(records)
                .anyMatch(line -> line.contains("{\"topic\":\"" + transactional + "\",\"partitionIds\":[0]}")
                        && line.contains("{\"topic\":\"__consumer_offsets\",\"partitionIds\":[0]}"));
    }

    @Test
    void readsTheMarkersOfATransaction() {
        List<String> dump = dump(
                directory.resolve(transactional + "-0/" + SEGMENT + ".log"), "--print-data-log", "--deep-iteration");
        List<String> offsets = dump(directory.resolve("__consumer_offsets-0/" + SEGMENT + ".log"), "--offsets-decoder");

        assertThat(dump)
                .anyMatch(line -> line.contains("isTransactional: true isControl: false"))
                .anyMatch(line -> line.contains("isTransactional: true isControl: true"))
                .anyMatch(line -> line.contains("endTxnMarker: COMMIT coordinatorEpoch: 0"));
        assertThat(offsets)
                .anyMatch(line -> line.contains("endTxnMarker: COMMIT coordinatorEpoch: 0"))
                .anyMatch(line -> line.contains("\"topic\":\"" + transactional + "\"")
                        && line.contains("\"data\":{\"offset\":3,"));
    }

    @Test
    void readsTheMetadataOfTheCluster() {
        List<String> dump =
                dump(directory.resolve("__cluster_metadata-0/" + SEGMENT + ".log"), "--cluster-metadata-decoder");

        assertThat(dump)
                .anyMatch(line -> line.contains("{\"type\":\"FEATURE_LEVEL_RECORD\",\"version\":0,\"data\":"
                        + "{\"name\":\"metadata.version\",\"featureLevel\":"))
                .anyMatch(line ->
                        line.contains("{\"type\":\"REGISTER_BROKER_RECORD\"") && line.contains("\"brokerId\":1"))
                .anyMatch(line -> line.contains(
                        "{\"type\":\"TOPIC_RECORD\",\"version\":0,\"data\":{\"name\":\"" + topic + "\",\"topicId\":"))
                .anyMatch(line -> line.contains("{\"type\":\"PARTITION_RECORD\"")
                        && line.contains("\"replicas\":[1],\"isr\":[1]")
                        && line.contains("\"leader\":1"));
    }

    /** What Kafka's own start looks for, to know that nothing needs recovery; and nothing of ours that holds records. */
    @Test
    void leavesTheDirectoryAsKafkaDoes() throws IOException {
        assertThat(names(directory))
                .contains(
                        "meta.properties",
                        ".kafka_cleanshutdown",
                        "recovery-point-offset-checkpoint",
                        "log-start-offset-checkpoint",
                        "__cluster_metadata-0",
                        "__consumer_offsets-0",
                        topic + "-0");
        for (String journal : names(directory).stream()
                .filter(name -> name.startsWith("klamm.journal"))
                .toList()) {
            assertThat(directory.resolve(journal)).isEmptyFile();
        }
        assertThat(names(partition)).contains(SEGMENT + ".log", "leader-epoch-checkpoint", "partition.metadata");
        assertThat(Files.readString(directory.resolve("recovery-point-offset-checkpoint")))
                .contains(topic + " 0 250");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static List<String> dump(Path file, String... flags) {
        return KafkaTool.DUMP_LOG.run(Stream.concat(Stream.of("--files", file.toString()), Stream.of(flags))
                .toArray(String[]::new));
    }
}
