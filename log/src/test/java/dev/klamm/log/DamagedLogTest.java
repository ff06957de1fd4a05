package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole logs on the real disk whose files are damaged while the process is away, or at work. */
@Timeout(120)
class DamagedLogTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final int BATCHES = 20;
    private static final long NOW_MS = System.currentTimeMillis();

    @TempDir
    Path directory;

    private Logs logs;

    @BeforeEach
    void write() throws Exception {
        open();
        for (int i = 0; i < BATCHES; i++) {
            append(i);
        }
    }

    @AfterEach
    void close() throws IOException {
        logs.abandon();
    }

    private void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        logs.register(RIDES, LogConfig.DEFAULT, 0);
        logs.allRegistered();
    }

    private PartitionLog log() {
        return logs.find(RIDES).orElseThrow();
    }

    private void append(long content) throws Exception {
        byte[] value = ByteBuffer.allocate(50).putLong(0, content).array();
        ByteBuffer batch = Batches.batch(Compression.NONE, new SimpleRecord(NOW_MS + content, value));
        AppendResult.Appended appended = (AppendResult.Appended) log().append(batch, Origin.CLIENT);
        logs.awaitSynced(appended.lsn());
    }

    private Path file(String suffix) {
        return directory.resolve("rides-0").resolve(Segment.fileName(0, suffix));
    }

    private byte[] contents() throws IOException {
        return Files.readAllBytes(file(".log"));
    }

    private void flip(Path path, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        bytes[at] ^= 0x10;
        Files.write(path, bytes);
    }

    private List<Long> offsetsFrom(long offset) throws IOException {
        return ReadBack.all(log(), offset, 100_000, ReadBound.HIGH_WATERMARK).stream()
                .map(ReadBack.Seen::offset)
                .toList();
    }

    private static List<Long> range(long from, long to) {
        List<Long> range = new ArrayList<>();
        for (long offset = from; offset < to; offset++) {
            range.add(offset);
        }
        return range;
    }

    private ReadResult read(long offset) {
        return log().read(offset, 100_000, true, ReadBound.HIGH_WATERMARK);
    }

    private void assertDamaged(long first, long last) {
        assertThat(logs.damages().all()).hasSize(1);
        Damage damage = logs.damages().all().getFirst();
        assertThat(damage.log()).isEqualTo(RIDES);
        assertThat(damage.firstOffset()).isEqualTo(first);
        assertThat(damage.lastOffset()).isEqualTo(last);
        assertThat(damage.file()).isEqualTo("rides-0/00000000000000000000.log");
        assertThat(read(first)).isInstanceOf(ReadResult.Corrupt.class);
        assertThat(read(last)).isInstanceOf(ReadResult.Corrupt.class);
    }

    @Test
    void afterACleanStopNothingIsCutAndTheLogGoesOnBehindItsDamagedEnd() throws Exception {
        logs.close();
        byte[] whole = contents();
        int batchBytes = whole.length / BATCHES;
        for (int at = whole.length - batchBytes; at < whole.length; at += 7) {
            Files.write(file(".log"), whole);
            flip(file(".log"), at);
            byte[] damaged = contents();
            open();

            if (at - (whole.length - batchBytes) != RecordBatchHeader.LEADER_EPOCH + 3) {
                assertThat(log().logEndOffset()).isEqualTo(BATCHES);
                assertThat(offsetsBefore(BATCHES - 1)).isEqualTo(range(0, BATCHES - 1));
                assertDamaged(BATCHES - 1, BATCHES - 1);
                append(BATCHES);
                assertThat(offsetsFrom(BATCHES)).containsExactly((long) BATCHES);
            }

            logs.close();
            assertThat(contents()).isEqualTo(damaged);
            open();
            assertDamaged(BATCHES - 1, BATCHES - 1);
            assertThat(log().logEndOffset()).isEqualTo(BATCHES + 1);
            assertThat(offsetsFrom(BATCHES)).containsExactly((long) BATCHES);
            logs.close();
            Files.delete(directory.resolve("klamm.damage"));
            Files.delete(directory.resolve("rides-0").resolve(Segment.fileName(BATCHES, ".log")));
            Files.writeString(directory.resolve("recovery-point-offset-checkpoint"), "0\n1\nrides 0 " + BATCHES + "\n");
        }
        Files.write(file(".log"), whole);
        open();
    }

    private List<Long> offsetsBefore(long end) throws IOException {
        List<Long> offsets = new ArrayList<>();
        long next = 0;
        while (next < end) {
            MemoryRecords.readableRecords(ReadBack.bytes(read(next)))
                    .records()
                    .forEach(record -> offsets.add(record.offset()));
            next = offsets.getLast() + 1;
        }
        return offsets;
    }

    @Test
    void aFileThatIsShorterThanItWasLacksWhatWasSynced() throws Exception {
        logs.close();
        byte[] whole = contents();
        Files.write(file(".log"), Arrays.copyOf(whole, whole.length / BATCHES * 15));
        open();

        assertThat(log().logEndOffset()).isEqualTo(BATCHES);
        assertDamaged(15, BATCHES - 1);
        assertThat(logs.damages().all().getFirst().what()).startsWith("the file ends at byte");
        append(BATCHES);
        assertThat(offsetsFrom(BATCHES)).containsExactly((long) BATCHES);
        assertThat(offsetsBefore(15)).isEqualTo(range(0, 15));
    }

    @Test
    void aDirectoryThatIsGoneIsALossAndNoNewLog() throws Exception {
        logs.close();
        for (String name : Storage.ofThisMachine().list(directory.resolve("rides-0"))) {
            Files.delete(directory.resolve("rides-0").resolve(name));
        }
        Files.delete(directory.resolve("rides-0"));
        open();

        assertThat(log().logEndOffset()).isEqualTo(BATCHES);
        assertThat(read(0)).isInstanceOf(ReadResult.Corrupt.class);
        assertThat(logs.damages().all()).map(Damage::what).containsExactly("its segment files are missing");
        append(BATCHES);
        assertThat(offsetsFrom(BATCHES)).containsExactly((long) BATCHES);
    }

    @Test
    void aNewLogOfTheNameOfOneThatIsGoneBeginsAtZero() throws Exception {
        logs.delete(RIDES);
        logs.close();
        Files.writeString(directory.resolve("recovery-point-offset-checkpoint"), "0\n1\nrides 0 7\n");
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        logs.allRegistered();
        LogId again = new LogId(Uuid.randomUuid(), "rides", 0);

        PartitionLog log = logs.register(again, LogConfig.DEFAULT, 0);

        assertThat(log.logEndOffset()).isZero();
        assertThat(logs.damages().all()).isEmpty();
    }

    /** Each byte of the small files beside the segments: the log is whole, whatever they say. */
    @Test
    void garbledSideFilesLoseNothing() throws Exception {
        logs.close();
        List<Path> sides = new ArrayList<>();
        for (String name : List.of("leader-epoch-checkpoint", "partition.metadata")) {
            sides.add(directory.resolve("rides-0").resolve(name));
        }
        sides.add(directory.resolve("recovery-point-offset-checkpoint"));
        sides.add(directory.resolve("log-start-offset-checkpoint"));
        for (Path side : sides) {
            byte[] whole = Files.readAllBytes(side);
            for (int at = 0; at < whole.length; at += 3) {
                byte[] bytes = whole.clone();
                bytes[at] ^= 0x40;
                Files.write(side, bytes);
                assertNothingIsLost();
            }
            Files.delete(side);
            assertNothingIsLost();
        }
        open();
    }

    private void assertNothingIsLost() throws IOException {
        open();
        assertThat(offsetsFrom(0)).isEqualTo(range(0, BATCHES));
        assertThat(logs.damages().all()).isEmpty();
        logs.close();
    }

    @Test
    void afterAKillWhatWasSyncedBelowTheJournalIsReportedAndTheRestIsThere() throws Exception {
        logs.close();
        open();
        append(BATCHES);
        logs.abandon();
        int batchBytes = contents().length / BATCHES;
        flip(file(".log"), 18 * batchBytes + 70);
        open();

        assertThat(log().logEndOffset()).isEqualTo(BATCHES + 1);
        assertThat(read(18)).isInstanceOf(ReadResult.Corrupt.class);
        assertDamaged(18, 18);
        assertThat(offsetsBefore(18)).isEqualTo(range(0, 18));
        assertThat(offsetsFrom(19)).isEqualTo(range(19, BATCHES + 1));
    }

    @Test
    void theScrubFindsWhatNobodyReadsAndOpensNoLog() throws Exception {
        logs.close();
        int batchBytes = contents().length / BATCHES;
        flip(file(".log"), 3 * batchBytes + 75);
        open();

        try (Scrub scrub = Scrub.start(logs, 0)) {
            scrub.pass();
            scrub.pass();
        }

        assertThat(log().checkpointOffsets()).as("not opened").isEmpty();
        assertDamaged(3, 3);
        assertThat(offsetsFrom(4)).isEqualTo(range(4, BATCHES));
    }

    @Test
    void theScrubReadsWhatIsBeingWritten() throws Exception {
        try (Scrub scrub = Scrub.start(logs, 0)) {
            Thread appending = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 500; i++) {
                    try {
                        append(BATCHES + i);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    logs.requestFlush();
                }
            });
            while (appending.isAlive()) {
                scrub.pass();
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }

        assertThat(logs.damages().all()).isEmpty();
    }

    @Test
    void aSearchByTimeSaysThatItsAnswerMayBeDamaged() throws Exception {
        logs.close();
        int batchBytes = contents().length / BATCHES;
        flip(file(".log"), 3 * batchBytes + 75);
        open();

        assertThat(log().firstAtOrAfter(NOW_MS + 2))
                .map(found -> found.offset())
                .contains(2L);
        assertThatThrownBy(() -> log().firstAtOrAfter(NOW_MS + 3))
                .isInstanceOf(UncheckedIOException.class)
                .hasCauseInstanceOf(DamagedLogException.class)
                .hasMessageContaining("offsets 3 to 3 are damaged");
    }

    @Test
    void aFileThatIsPutBackIsReadAgain() throws Exception {
        logs.close();
        byte[] whole = contents();
        flip(file(".log"), 100);
        open();
        assertThat(read(0)).isInstanceOf(ReadResult.Corrupt.class);
        logs.close();
        Files.write(file(".log"), whole);

        open();

        assertThat(offsetsFrom(0)).isEqualTo(range(0, BATCHES));
    }
}
