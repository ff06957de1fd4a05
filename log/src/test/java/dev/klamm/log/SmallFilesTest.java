package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.LeaderEpochCheckpoint.EpochStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.storage.internals.checkpoint.CleanShutdownFileHandler;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.OffsetCheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.PartitionMetadataFile;
import org.apache.kafka.storage.internals.log.EpochEntry;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checkpoints and markers beside the segments, each against the class that reads and writes it in Kafka. */
class SmallFilesTest {
    private static final List<EpochStart> EPOCHS = List.of(new EpochStart(0, 0), new EpochStart(3, 1234567890123L));
    private static final Map<TopicPartition, Long> OFFSETS = Map.of(
            new TopicPartition("rides", 0), 17L,
            new TopicPartition("rides", 11), Long.MAX_VALUE,
            new TopicPartition("a.b-c_d", 0), 0L);

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();

    private interface Reading {
        Object read() throws IOException;
    }

    /** No cut of the file reads as something else than the whole: it is garbled, or the same. */
    private void assertNoticesEachCut(Path path, Reading reading) throws IOException {
        byte[] whole = Files.readAllBytes(path);
        Object expected = reading.read();
        for (int size = 1; size < whole.length; size++) {
            Files.write(path, Arrays.copyOf(whole, size));
            try {
                assertThat(reading.read()).as("cut at %d", size).isEqualTo(expected);
            } catch (GarbledFileException e) {
                assertThat(e).hasMessageContaining(path.toString());
            }
        }
    }

    @Test
    void kafkaReadsOurLeaderEpochsAndWeReadKafkas() throws Exception {
        Path path = directory.resolve("leader-epoch-checkpoint");
        LeaderEpochCheckpoint.write(storage, directory, EPOCHS);
        var kafkas = new LeaderEpochCheckpointFile(path.toFile(), new LogDirFailureChannel(1));

        assertThat(kafkas.read()).containsExactly(new EpochEntry(0, 0), new EpochEntry(3, 1234567890123L));
        byte[] ours = Files.readAllBytes(path);
        kafkas.write(List.of(new EpochEntry(0, 0), new EpochEntry(3, 1234567890123L)));
        assertThat(Files.readAllBytes(path)).isEqualTo(ours);
        assertThat(LeaderEpochCheckpoint.read(storage, directory)).isEqualTo(EPOCHS);
    }

    @Test
    void kafkaReadsOurOffsetsAndWeReadKafkas() throws Exception {
        Path path = directory.resolve(OffsetCheckpoint.RECOVERY_POINTS);
        OffsetCheckpoint.write(storage, directory, OffsetCheckpoint.RECOVERY_POINTS, OFFSETS);
        var kafkas = new OffsetCheckpointFile(path.toFile(), new LogDirFailureChannel(1));

        assertThat(kafkas.read()).isEqualTo(OFFSETS);
        kafkas.write(OFFSETS);
        assertThat(OffsetCheckpoint.read(storage, directory, OffsetCheckpoint.RECOVERY_POINTS))
                .isEqualTo(OFFSETS);
    }

    @Test
    void kafkaReadsOurTopicIdAndWeReadKafkas() throws Exception {
        Uuid topicId = Uuid.randomUuid();
        Path path = directory.resolve("partition.metadata");
        PartitionMetadata.write(storage, directory, topicId);
        var kafkas = new PartitionMetadataFile(path.toFile(), new LogDirFailureChannel(1));

        assertThat(kafkas.read().topicId()).isEqualTo(topicId);
        byte[] ours = Files.readAllBytes(path);
        kafkas.record(topicId);
        kafkas.maybeFlush();
        assertThat(Files.readAllBytes(path)).isEqualTo(ours);
        assertThat(PartitionMetadata.read(storage, directory)).contains(topicId);
    }

    @Test
    void kafkaReadsOurMarkOfACleanStop() throws Exception {
        var kafkas = new CleanShutdownFileHandler(directory.toString());

        CleanShutdown.mark(storage, directory, 7);

        assertThat(kafkas.read()).hasValue(7);
        byte[] ours = Files.readAllBytes(directory.resolve(CleanShutdown.FILE_NAME));
        kafkas.write(7);
        assertThat(Files.readAllBytes(directory.resolve(CleanShutdown.FILE_NAME)))
                .isEqualTo(ours);
        assertThat(CleanShutdown.isMarked(storage, directory)).isTrue();
        CleanShutdown.clear(storage, directory);
        assertThat(kafkas.exists()).isFalse();
        assertThat(CleanShutdown.isMarked(storage, directory)).isFalse();
    }

    @Test
    void noticesWhereAFileWasCut() throws Exception {
        LeaderEpochCheckpoint.write(storage, directory, EPOCHS);
        assertNoticesEachCut(
                directory.resolve(LeaderEpochCheckpoint.FILE_NAME),
                () -> LeaderEpochCheckpoint.read(storage, directory));
        OffsetCheckpoint.write(storage, directory, OffsetCheckpoint.LOG_STARTS, OFFSETS);
        assertNoticesEachCut(
                directory.resolve(OffsetCheckpoint.LOG_STARTS),
                () -> OffsetCheckpoint.read(storage, directory, OffsetCheckpoint.LOG_STARTS));
        PartitionMetadata.write(storage, directory, Uuid.randomUuid());
        assertNoticesEachCut(
                directory.resolve(PartitionMetadata.FILE_NAME), () -> PartitionMetadata.read(storage, directory));
    }

    @Test
    void aFileThatIsMissingHoldsNothing() throws Exception {
        assertThat(LeaderEpochCheckpoint.read(storage, directory)).isEmpty();
        assertThat(OffsetCheckpoint.read(storage, directory, OffsetCheckpoint.LOG_STARTS))
                .isEmpty();
        assertThat(PartitionMetadata.read(storage, directory)).isEmpty();
        assertThat(CleanShutdown.isMarked(storage, directory)).isFalse();
    }

    @Test
    void refusesCheckpointsThatMakeNoSense() throws Exception {
        for (String text : List.of(
                "1\n0\n",
                "0\n",
                "0\n2\n0 0\n",
                "0\n1\n0\n",
                "0\n1\nx 0\n",
                "0\n1\n0 0 0\n",
                "0\n2\n1 5\n0 9\n",
                "0\n2\n1 5\n2 4\n",
                "0\n1\n-1 0\n",
                "0\n1\n5000000000 0\n",
                "\0\0\0\0",
                "0\n-1\n")) {
            Files.writeString(directory.resolve(LeaderEpochCheckpoint.FILE_NAME), text);
            assertThatThrownBy(() -> LeaderEpochCheckpoint.read(storage, directory))
                    .as(text)
                    .isInstanceOf(GarbledFileException.class);
        }
        for (String text : List.of("0\n1\nrides 0\n", "0\n1\nrides -1 0\n", "0\n1\nrides 0 -1\n")) {
            Files.writeString(directory.resolve(OffsetCheckpoint.LOG_STARTS), text);
            assertThatThrownBy(() -> OffsetCheckpoint.read(storage, directory, OffsetCheckpoint.LOG_STARTS))
                    .as(text)
                    .isInstanceOf(GarbledFileException.class);
        }
    }

    @Test
    void replacesAFileAndLeavesNoOtherBehind() throws Exception {
        for (int round = 0; round < 3; round++) {
            OffsetCheckpoint.write(storage, directory, OffsetCheckpoint.LOG_STARTS, OFFSETS);
        }

        assertThat(storage.list(directory)).containsExactly(OffsetCheckpoint.LOG_STARTS);
    }
}
