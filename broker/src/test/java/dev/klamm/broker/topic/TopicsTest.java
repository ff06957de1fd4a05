package dev.klamm.broker.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.log.LogConfig;
import dev.klamm.log.LogId;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over a real log, with restarts. */
class TopicsTest {
    @TempDir
    Path directory;

    private Logs logs;
    private Topics topics;

    @BeforeEach
    void open() throws Exception {
        open(Map.of());
    }

    private void open(Map<String, String> settings) throws Exception {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        topics = Topics.open(directory, logs, BrokerConfig.of(settings));
    }

    @AfterEach
    void close() throws IOException {
        logs.close();
    }

    private void restart() throws Exception {
        close();
        open();
    }

    private Topic create(NewTopic wish) throws InterruptedException {
        return ((TopicOutcome.Done) topics.create(List.of(wish), false).getFirst()).topic();
    }

    @Test
    void topicsAndTheirSettingsSurviveARestart() throws Exception {
        Topic created = create(new NewTopic("rides", 3, -1, Map.of(), Map.of("retention.ms", "1000")));
        topics.addPartitions("rides", 5, null, false);
        String cluster = topics.clusterId();

        restart();

        assertThat(topics.byName("rides")).contains(new Topic("rides", created.id(), 5, created.overrides()));
        assertThat(topics.clusterId()).isEqualTo(cluster);
        PartitionLog log = topics.log("rides", 4).orElseThrow();
        assertThat(log.config().cleanup().retentionMs()).isEqualTo(1000);
        assertThat(topics.log("rides", 5)).isEmpty();
    }

    @Test
    void aDeletedTopicStaysDeleted() throws Exception {
        Topic created = create(NewTopic.named("rides"));
        topics.delete(List.of(created.id()));

        restart();

        assertThat(topics.all()).isEmpty();
        assertThat(topics.log(created.id(), 0)).isEmpty();
        assertThat(topics.delete(List.of(created.id())))
                .containsExactly(new TopicOutcome.Refused(Errors.UNKNOWN_TOPIC_ID));
    }

    @Test
    void whatIsOnlyValidatedIsNotThere() throws Exception {
        assertThat(topics.create(List.of(NewTopic.named("rides")), true).getFirst())
                .isInstanceOf(TopicOutcome.Done.class);

        assertThat(topics.byName("rides")).isEmpty();
    }

    @Test
    void noProducerIdIsGivenTwiceNorAfterARestart() throws Exception {
        var given = new HashSet<Long>();
        for (int i = 0; i < 2500; i++) {
            given.add(topics.nextProducerId());
        }

        restart();

        assertThat(given).hasSize(2500).doesNotContain(topics.nextProducerId());
    }

    @Test
    void theOffsetsTopicHasItsOwnSettings() throws Exception {
        Topic offsets = topics.offsetsTopic();

        LogConfig config = topics.log(offsets.id(), 49).orElseThrow().config();
        assertThat(config.cleanup().compact()).isTrue();
        assertThat(config.cleanup().delete()).isFalse();
        assertThat(config.segmentBytes()).isEqualTo(104_857_600);
        assertThat(topics.offsetsTopic()).isEqualTo(offsets);
    }

    @Test
    void tenThousandPartitionsTakeAFewBatchesAndNoFiles() throws Exception {
        List<NewTopic> wishes = IntStream.range(0, 100)
                .mapToObj(i -> new NewTopic("many-" + i, 100, 1, Map.of(), Map.of()))
                .toList();

        topics.create(wishes, false);

        assertThat(topics.all()).hasSize(100);
        assertThat(directory.toFile().list((dir, name) -> name.startsWith("many-")))
                .isEmpty();
        restart();
        assertThat(topics.log("many-99", 99)).isPresent();
    }

    @Test
    void aLogOfAnotherTopicOfTheSameNameIsNotTakenForIt() throws Exception {
        Uuid first = create(NewTopic.named("rides")).id();
        topics.delete(List.of(first));
        Uuid second = create(NewTopic.named("rides")).id();

        assertThat(topics.log(first, 0)).isEmpty();
        assertThat(topics.log(second, 0).orElseThrow().id().topicId()).isEqualTo(second);
    }

    /** As an Apache Kafka leaves the metadata log once it has made a snapshot and deleted the segments before it. */
    private void deleteTheBeginningOfTheMetadataLog() throws Exception {
        PartitionLog log =
                logs.find(new LogId(new Uuid(0, 1), "__cluster_metadata", 0)).orElseThrow();
        log.deleteRecordsBefore(log.highWatermark());
    }

    private void writeSnapshot(MetadataRecord... records) throws IOException {
        PartitionLog log =
                logs.find(new LogId(new Uuid(0, 1), "__cluster_metadata", 0)).orElseThrow();
        ByteBuffer batch = MetadataRecord.batch(List.of(records), 0);
        byte[] bytes = new byte[batch.remaining()];
        batch.get(bytes);
        String name = String.format("%020d-%010d.checkpoint", log.highWatermark(), 1);
        // The flusher makes it when it comes to the log.
        Path metadata = Files.createDirectories(directory.resolve("__cluster_metadata-0"));
        Files.write(metadata.resolve(name), bytes);
    }

    @Test
    void aSnapshotOfKafkasStandsForTheDeletedBeginning() throws Exception {
        var id = Uuid.randomUuid();
        writeSnapshot(
                MetadataRecord.of(new TopicRecord().setName("kept").setTopicId(id)),
                MetadataRecord.of(new PartitionRecord().setTopicId(id).setPartitionId(0)));
        deleteTheBeginningOfTheMetadataLog();
        create(NewTopic.named("later"));

        restart();

        assertThat(topics.all()).extracting(Topic::name).containsExactly("kept", "later");
    }

    @Test
    void withoutASnapshotTheLogIsNotTakenForWhole() throws Exception {
        deleteTheBeginningOfTheMetadataLog();
        close();
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);

        assertThatThrownBy(() -> Topics.open(directory, logs, BrokerConfig.of(Map.of())))
                .isInstanceOf(UnusableDirectoryException.class)
                .hasMessageContaining("there is no snapshot of what was before");
    }
}
