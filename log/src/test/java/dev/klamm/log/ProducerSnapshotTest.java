package dev.klamm.log;

import static dev.klamm.log.Batches.T0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.PartitionLog.ActiveProducer;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.ProducerStates.Duplicate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProducerSnapshotTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();

    /** Two producers: one with a batch, one in a transaction. The log ends at offset 5. */
    private ProducerStates twoProducers() {
        var states = new ProducerStates(LOG, () -> Long.MAX_VALUE);
        var batches = Batches.concat(Batches.idempotent(4711, 2, 40, 3), Batches.transactional(12, 0, 0, 2));
        RecordBatchHeader.assignOffsets(batches, 0, 0);
        states.update(batches);
        return states;
    }

    private ProducerStates read(long offset) throws IOException {
        var states = new ProducerStates(LOG, () -> Long.MAX_VALUE);
        states.readSnapshot(storage, directory, offset);
        return states;
    }

    @Test
    void readsBackWhatItWrote() throws Exception {
        ProducerStates written = twoProducers();
        written.writeSnapshot(storage, directory);

        ProducerStates read = read(5);

        assertThat(storage.list(directory)).containsExactly("00000000000000000005.snapshot");
        assertThat(read.endOffset()).isEqualTo(5);
        assertThat(read.activeProducers()).containsExactlyInAnyOrderElementsOf(written.activeProducers());
        assertThat(read.check(Batches.idempotent(4711, 2, 40, 3), Origin.CLIENT, null, 5))
                .isInstanceOf(Duplicate.class);
        assertThat(read.check(Batches.idempotent(4711, 2, 43, 1), Origin.CLIENT, null, 5))
                .isEqualTo(ProducerStates.Verdict.ACCEPT);
    }

    /** Six batches of one producer, of which a log knows five; the log ends at offset 18. */
    private ProducerStates sixBatches() {
        var states = new ProducerStates(LOG, () -> Long.MAX_VALUE);
        for (int number = 0; number < 6; number++) {
            var batch = Batches.idempotent(4711, 2, 3 * number, 3);
            RecordBatchHeader.assignOffsets(batch, 3L * number, 0);
            states.update(batch);
        }
        return states;
    }

    @Test
    void knowsEachOfAProducersLastFiveBatchesAgain() throws Exception {
        sixBatches().writeSnapshot(storage, directory);

        ProducerStates read = read(18);

        for (int number = 1; number < 6; number++) {
            assertThat(read.check(Batches.idempotent(4711, 2, 3 * number, 3), Origin.CLIENT, null, 18))
                    .isEqualTo(sixBatches().check(Batches.idempotent(4711, 2, 3 * number, 3), Origin.CLIENT, null, 18))
                    .isInstanceOf(Duplicate.class);
        }
        assertThat(read.check(Batches.idempotent(4711, 2, 18, 1), Origin.CLIENT, null, 18))
                .isEqualTo(ProducerStates.Verdict.ACCEPT);
    }

    @Test
    void kafkaTakesTheNewestBatchOfOurs() throws Exception {
        sixBatches().writeSnapshot(storage, directory);
        var kafkas = new ProducerStateManager(
                new TopicPartition("rides", 0),
                directory.toFile(),
                60_000,
                new ProducerStateManagerConfig(86_400_000, false),
                Time.SYSTEM);

        kafkas.truncateAndReload(0, 18, T0);

        assertThat(kafkas.activeProducers()).containsOnlyKeys(4711L);
        assertThat(kafkas.activeProducers().get(4711L))
                .hasToString(
                        kafkas(4711, 2, 17, 17, 2, T0 + 2, OptionalLong.empty()).toString());
    }

    @Test
    void kafkaReadsOurs() throws Exception {
        twoProducers().writeSnapshot(storage, directory);

        var entries = ProducerStateManager.readSnapshot(
                ProducerSnapshot.path(directory, 5).toFile());

        assertThat(entries)
                .extracting(ProducerStateEntry::toString)
                .containsExactlyInAnyOrder(
                        kafkas(4711, 2, 42, 2, 2, T0 + 2, OptionalLong.empty()).toString(),
                        kafkas(12, 0, 1, 4, 1, T0 + 1, OptionalLong.of(3)).toString());
    }

    @Test
    void readsKafkasAndWritesTheSameBytes() throws Exception {
        Path path = ProducerSnapshot.path(directory, 5);
        ProducerStateManager.writeSnapshot(
                path.toFile(), Map.of(4711L, kafkas(4711, 2, 42, 2, 2, T0 + 2, OptionalLong.empty())), true);
        byte[] kafkas = Files.readAllBytes(path);

        ProducerStates read = read(5);
        read.writeSnapshot(storage, directory);

        assertThat(read.activeProducers()).containsExactly(new ActiveProducer(4711, (short) 2, 42, T0 + 2, -1, -1));
        assertThat(Files.readAllBytes(path)).isEqualTo(kafkas);
    }

    private static ProducerStateEntry kafkas(
            long id, int epoch, int lastSequence, long lastOffset, int delta, long timestampMs, OptionalLong txn)
            throws Exception {
        var entry = new ProducerStateEntry(id, (short) epoch, -1, timestampMs, txn);
        var addBatch = ProducerStateEntry.class.getDeclaredMethod(
                "addBatch", short.class, int.class, long.class, int.class, long.class);
        addBatch.setAccessible(true);
        addBatch.invoke(entry, (short) epoch, lastSequence, lastOffset, delta, timestampMs);
        return entry;
    }

    @Test
    void holdsNoProducersAsWell() throws Exception {
        var states = new ProducerStates(LOG, () -> Long.MAX_VALUE);
        states.restartAt(77);
        states.writeSnapshot(storage, directory);

        assertThat(read(77).isEmpty()).isTrue();
        assertThat(ProducerStateManager.readSnapshot(
                        ProducerSnapshot.path(directory, 77).toFile()))
                .isEmpty();
    }

    @Test
    void noticesEachCutAndEachFlippedByte() throws Exception {
        twoProducers().writeSnapshot(storage, directory);
        Path path = ProducerSnapshot.path(directory, 5);
        byte[] whole = Files.readAllBytes(path);
        for (int at = 0; at < whole.length; at++) {
            Files.write(path, Arrays.copyOf(whole, at));
            assertThatThrownBy(() -> read(5)).as("cut at %d", at).isInstanceOf(GarbledFileException.class);
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(path, flipped);
            assertThatThrownBy(() -> read(5)).as("flipped at %d", at).isInstanceOf(GarbledFileException.class);
        }
    }

    @Test
    void leavesTheStateAloneIfTheSnapshotCanNotBeRead() throws Exception {
        ProducerStates states = twoProducers();

        assertThatThrownBy(() -> states.readSnapshot(storage, directory, 9)).isInstanceOf(NoSuchFileException.class);

        assertThat(states.activeProducers()).hasSize(2);
        assertThat(states.endOffset()).isEqualTo(5);
    }
}
