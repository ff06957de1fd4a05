package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The index of aborted transactions, cut at each byte and with each byte changed: readers of committed records see what they
 * saw before. It has no checksum, as with Kafka: what it takes to notice is that the log does not confirm an entry.
 */
@Timeout(300)
class TransactionIndexTest {
    private static final LogId RIDES = new LogId(new Uuid(1, 1), "rides", 0);
    private static final Path DIRECTORY = Path.of("/data");
    private static final Logs.Limits LIMITS = new Logs.Limits(1 << 20, 64 << 10);
    private static final int FIRST_OFFSET = 10;
    private static final int LAST_STABLE_OFFSET = 26;

    @TempDir
    Path real;

    private SortedMap<String, byte[]> image = new TreeMap<>();

    private static LogConfig config() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                800,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                100,
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                LogConfig.Cleanup.NONE,
                0,
                1,
                Long.MAX_VALUE,
                null);
    }

    private interface Visit<T> {
        T of(Logs logs, PartitionLog log) throws Exception;
    }

    private static <T> T open(SortedMap<String, byte[]> image, SimulatedDisk disk, Visit<T> visit) throws Exception {
        GarbledFilesTest.put(image, disk.boot());
        Turns turns = new Turns(new Random(1));
        List<T> result = new ArrayList<>();
        turns.run(() -> {
            Machine machine = new Machine(disk.boot(), turns.threads(), () -> Instant.ofEpochMilli(Batches.T0));
            try (Logs logs = Logs.open(DIRECTORY, machine, LIMITS)) {
                PartitionLog log = logs.register(RIDES, config(), 0);
                logs.allRegistered();
                result.add(visit.of(logs, log));
            }
        });
        return result.getFirst();
    }

    /** Two producers whose transactions overlap; each second one is aborted. */
    @BeforeEach
    void write() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new Random(1), Turns::pass);
        open(image, disk, (logs, log) -> {
            for (int round = 0; round < 8; round++) {
                send(logs, log, 7, round);
                if (round > 0) {
                    end(logs, log, 8, round - 1, round % 2 == 0);
                }
                send(logs, log, 8, round);
                end(logs, log, 7, round, round % 2 == 0);
            }
            return log;
        });
        image = disk.image();
    }

    private static void send(Logs logs, PartitionLog log, long producerId, int epoch) throws Exception {
        SimpleRecord record = new SimpleRecord(
                Batches.T0,
                ByteBuffer.allocate(40).putLong(0, log.logEndOffset()).array());
        ByteBuffer batch = MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producerId, (short) epoch, 0, record)
                .buffer();
        Verification ticket =
                log.beginVerification(producerId, (short) epoch, 0, false).orElseThrow();
        logs.awaitSynced(((AppendResult.Appended) log.append(batch, Origin.CLIENT, ticket)).lsn());
    }

    private static void end(Logs logs, PartitionLog log, long producerId, int epoch, boolean isCommit)
            throws Exception {
        EndTransaction marker = new EndTransaction(producerId, (short) epoch, 0, isCommit, 1);
        logs.awaitSynced(((AppendResult.Appended) log.endTransaction(marker)).lsn());
    }

    private static List<Long> committed(SortedMap<String, byte[]> image) throws Exception {
        Reports.clear();
        return open(image, new SimulatedDisk(new Random(1), Turns::pass), (_, log) -> {
            List<Long> seen = new ArrayList<>();
            // From each offset, for each way through the index.
            for (long offset = 0; offset < log.logEndOffset(); offset++) {
                ReadBack.committed(log, offset, 300).records().forEach(record -> seen.add(record.content()));
            }
            return seen;
        });
    }

    private static List<String> indexes(SortedMap<String, byte[]> image) {
        return image.keySet().stream()
                .filter(name -> name.endsWith(".txnindex"))
                .toList();
    }

    private byte[] bytes(String name) {
        return Objects.requireNonNull(image.get(name));
    }

    private SortedMap<String, byte[]> with(String name, byte[] contents) {
        SortedMap<String, byte[]> changed = new TreeMap<>(image);
        changed.put(name, contents);
        return changed;
    }

    private byte[] flipped(String name, int at) {
        byte[] flipped = bytes(name).clone();
        flipped[at] ^= (byte) (1 << at % 8);
        return flipped;
    }

    @Test
    void aByteThatIsWrongIsNoticedAndTheIndexMadeAnew() throws Exception {
        List<Long> right = committed(image);
        assertThat(indexes(image)).hasSizeGreaterThan(2);
        for (String name : indexes(image)) {
            for (int at = 0; at < bytes(name).length; at++) {
                int field = at % AbortedTransaction.SIZE;
                // The low bytes of where it began, and of the last stable offset then, have other values that are
                // plausible.
                boolean isPlausible = field == FIRST_OFFSET + 7 || field == LAST_STABLE_OFFSET + 7;
                if (!isPlausible) {
                    List<Long> seen = committed(with(name, flipped(name, at)));
                    assertThat(seen).as("%s changed at %d", name, at).isEqualTo(right);
                }
            }
        }
    }

    @Test
    void anIndexThatIsCutWithinAnEntryIsMadeAnew() throws Exception {
        List<Long> right = committed(image);
        for (String name : indexes(image)) {
            byte[] whole = bytes(name);
            for (int size = 0; size < whole.length; size++) {
                if (size % AbortedTransaction.SIZE != 0) {
                    List<Long> seen = committed(with(name, Arrays.copyOf(whole, size)));
                    assertThat(seen).as("%s cut at %d", name, size).isEqualTo(right);
                }
            }
        }
    }

    @Test
    void whatWasMadeAnewIsOnDiskAfterTheNextStop() throws Exception {
        String name = indexes(image).getFirst();
        SimulatedDisk disk = new SimulatedDisk(new Random(1), Turns::pass);

        open(with(name, Arrays.copyOf(bytes(name), 5)), disk, (_, log) -> log.readCommitted(0, 1 << 20, true));

        assertThat(disk.image().get(name)).isEqualTo(bytes(name));
    }

    @Test
    void anIndexThatGrowsAfterItWasFoundGarbledIsWhole() throws Exception {
        String name = indexes(image).getLast();
        SimulatedDisk disk = new SimulatedDisk(new Random(1), Turns::pass);

        open(with(name, Arrays.copyOf(bytes(name), 5)), disk, (logs, log) -> {
            end(logs, log, 8, 7, false);
            return log;
        });

        Reports.clear();
        assertThat(committed(disk.image())).doesNotContain(30L);
        assertThat(Reports.sentences()).isEmpty();
        assertThat(Arrays.copyOf(disk.image().get(name), bytes(name).length)).isEqualTo(bytes(name));
    }

    // ---- klamm doctor

    private List<Finding> findings(SortedMap<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = real.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        DirectoryCheck.Topics topics = new DirectoryCheck.Topics(Map.of(RIDES.topicId(), RIDES.topic()), Set.of());
        return DirectoryCheck.run(real, topics, false, _ -> {}).findings().stream()
                .filter(it -> it.file().endsWith(".txnindex"))
                .toList();
    }

    @Test
    void theDoctorFindsNothingWrongWithIt() throws Exception {
        assertThat(findings(image)).isEmpty();
    }

    @Test
    void theDoctorFindsAnEntryThatIsMissing() throws Exception {
        String name = indexes(image).getFirst();

        assertThat(findings(with(name, new byte[0]))).hasSize(1);
    }

    @Test
    void theDoctorFindsAnEntryThatSaysAnotherBeginning() throws Exception {
        String name = indexes(image).getLast();

        assertThat(findings(with(name, flipped(name, FIRST_OFFSET + 7)))).hasSize(1);
    }
}
