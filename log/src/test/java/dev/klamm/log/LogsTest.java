package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Appends, reads, stops and starts on the real disk; what is read back is decoded by Kafka's own record classes. */
class LogsTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final LogId ZONES = new LogId(Uuid.randomUuid(), "zones", 0);
    private static final Logs.Limits SMALL = new Logs.Limits(1 << 20, 64 << 10);

    @TempDir
    Path directory;

    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), SMALL);
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.close();
    }

    private void restartCleanly() throws IOException {
        logs.close();
        open();
    }

    private void restartAfterKill() throws IOException {
        logs.abandon();
        logs = Logs.open(directory, Storage.ofThisMachine(), SMALL);
        // Before the first checkpoint, which takes what the journal has of other logs for that of deleted topics.
        log(RIDES);
        log(ZONES);
        logs.allRegistered();
    }

    private PartitionLog log(LogId id) {
        return log(id, LogConfig.DEFAULT);
    }

    private PartitionLog log(LogId id, LogConfig config) {
        return logs.register(id, config, 0);
    }

    private AppendResult.Appended append(LogId id, LogConfig config, SimpleRecord... records) {
        ByteBuffer batch = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        return (AppendResult.Appended) log(id, config).append(batch, Origin.CLIENT);
    }

    private AppendResult.Appended append(LogId id, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1000, values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return append(id, LogConfig.DEFAULT, records);
    }

    private void appendAndSync(LogId id, String... values) throws Exception {
        logs.awaitSynced(append(id, values).lsn());
    }

    /** All records from {@code offset} on, as {@code offset:value}. */
    private List<String> read(LogId id, long offset) throws IOException {
        List<String> found = new ArrayList<>();
        long next = offset;
        while (true) {
            ByteBuffer bytes = bytesOf(log(id).read(next, 1 << 20, true, ReadBound.HIGH_WATERMARK));
            if (!bytes.hasRemaining()) {
                return found;
            }
            for (RecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    if (record.offset() >= next) {
                        found.add(record.offset() + ":" + text(record.value()));
                    }
                }
                next = batch.nextOffset();
            }
        }
    }

    private static String text(ByteBuffer bytes) {
        return java.nio.charset.StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static ByteBuffer bytesOf(ReadResult result) throws IOException {
        return switch (result) {
            case ReadResult.InMemory memory -> {
                ByteBuffer all = ByteBuffer.allocate(memory.sizeBytes());
                memory.buffers().forEach(all::put);
                yield all.flip();
            }
            case ReadResult.InFile inFile -> {
                ByteBuffer all = ByteBuffer.allocate(inFile.sizeBytes());
                inFile.file().read(all, inFile.position());
                yield all.flip();
            }
            case ReadResult.OutOfRange range -> throw new AssertionError("out of range: " + range);
            case ReadResult.Corrupt corrupt -> throw new AssertionError(corrupt.message());
            case ReadResult.Failed failed -> throw new AssertionError(failed.message());
        };
    }

    @Test
    void aRecordIsVisibleOnceItIsOnDisk() throws Exception {
        AppendResult.Appended appended = append(RIDES, "a", "b");

        logs.awaitSynced(appended.lsn());

        assertThat(appended.baseOffset()).isZero();
        assertThat(appended.lastOffset()).isEqualTo(1);
        assertThat(log(RIDES).highWatermark()).isEqualTo(2);
        assertThat(read(RIDES, 0)).containsExactly("0:a", "1:b");
        assertThat(read(RIDES, 1)).containsExactly("1:b");
    }

    @Test
    void offsetsBeyondTheEndAndBelowTheStartAreOutOfRange() throws Exception {
        appendAndSync(RIDES, "a");

        assertThat(log(RIDES).read(2, 100, true, ReadBound.HIGH_WATERMARK)).isEqualTo(new ReadResult.OutOfRange(0, 1));
        assertThat(log(RIDES).read(1, 100, true, ReadBound.HIGH_WATERMARK)).isEqualTo(ReadResult.InMemory.EMPTY);
    }

    @Test
    void aCleanStopLeavesKafkasFilesAndNoJournal() throws Exception {
        appendAndSync(RIDES, "a", "b");
        appendAndSync(RIDES, "c");

        logs.close();

        try (var names = Files.list(directory)) {
            assertThat(names.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            ".lock",
                            ".kafka_cleanshutdown",
                            "rides-0",
                            "log-start-offset-checkpoint",
                            "recovery-point-offset-checkpoint");
        }
        Path segment = directory.resolve("rides-0/00000000000000000000.log");
        List<Long> offsets = new ArrayList<>();
        try (FileRecords records = FileRecords.open(segment.toFile(), false)) {
            for (RecordBatch batch : records.batches()) {
                batch.ensureValid();
                batch.forEach(record -> offsets.add(record.offset()));
            }
        }
        assertThat(offsets).containsExactly(0L, 1L, 2L);
        open();
    }

    @Test
    void offsetsGoOnAfterACleanRestart() throws Exception {
        appendAndSync(RIDES, "a", "b");

        restartCleanly();
        appendAndSync(RIDES, "c");

        assertThat(read(RIDES, 0)).containsExactly("0:a", "1:b", "2:c");
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAKill() throws Exception {
        appendAndSync(RIDES, "a", "b");
        appendAndSync(ZONES, "x");

        restartAfterKill();

        assertThat(read(RIDES, 0)).containsExactly("0:a", "1:b");
        assertThat(read(ZONES, 0)).containsExactly("0:x");
        appendAndSync(RIDES, "c");
        restartAfterKill();
        assertThat(read(RIDES, 0)).containsExactly("0:a", "1:b", "2:c");
    }

    @Test
    void aTornFrameAtTheJournalsEndIsCut() throws Exception {
        appendAndSync(RIDES, "a");
        appendAndSync(RIDES, "b");
        logs.abandon();
        cutLastFrameOfJournal();

        open();

        assertThat(read(RIDES, 0)).containsExactly("0:a");
        appendAndSync(RIDES, "c");
        assertThat(read(RIDES, 0)).containsExactly("0:a", "1:c");
    }

    private void cutLastFrameOfJournal() throws IOException {
        try (FileChannel file = FileChannel.open(
                directory.resolve("klamm.journal.0"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.allocate((int) file.size());
            file.read(all, 0);
            int last = all.capacity() - 1;
            while (all.get(last) == 0) {
                last--;
            }
            file.write(ByteBuffer.wrap(new byte[] {(byte) ~all.get(last)}), last);
        }
    }

    @Test
    void muchMoreThanTailsAndJournalHoldGoesToSegmentsAndComesBack() throws Exception {
        LogConfig smallSegments = segmentBytes(100_000);
        List<String> expected = new ArrayList<>();
        long lsn = -1;
        for (int i = 0; i < 3000; i++) {
            String value = i + "-".repeat(1000);
            lsn = append(
                            RIDES,
                            smallSegments,
                            new SimpleRecord(i, value.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .lsn();
            expected.add(i + ":" + value);
        }
        logs.awaitSynced(lsn);

        assertThat(read(RIDES, 0)).isEqualTo(expected);
        restartAfterKill();
        assertThat(read(RIDES, 0)).isEqualTo(expected);
        restartCleanly();
        assertThat(read(RIDES, 1500)).isEqualTo(expected.subList(1500, 3000));
        try (var names = Files.list(directory.resolve("rides-0"))) {
            assertThat(names.filter(path -> path.toString().endsWith(".log"))).hasSizeGreaterThan(10);
        }
    }

    @Test
    @Timeout(60)
    void directoriesOfADeletedTopicGoAtTheNextStartAndThoseOfAnUnknownOneStay() throws Exception {
        appendAndSync(RIDES, "kept");
        logs.close();
        Uuid deleted = Uuid.randomUuid();
        makeDirectory("trips-0", deleted);
        makeDirectory("others-0", Uuid.randomUuid());

        logs = Logs.open(directory, Storage.ofThisMachine(), SMALL);
        log(RIDES);
        logs.allRegistered(Set.of(deleted));
        while (Files.exists(directory.resolve("trips-0"))) {
            Thread.onSpinWait();
        }

        assertThat(directory.resolve("others-0")).exists();
        assertThat(read(RIDES, 0)).containsExactly("0:kept");
    }

    @Test
    void filesThatSomebodyPutBesideTheSegmentsAreLeftAlone() throws Exception {
        appendAndSync(RIDES, "kept");
        logs.close();
        Path copy = directory.resolve(RIDES.directoryName()).resolve("backup.log");
        Files.writeString(copy, "mine");
        Files.writeString(copy.resolveSibling("old.snapshot"), "mine");
        open();

        logs.retention().run(System.currentTimeMillis());

        assertThat(read(RIDES, 0)).containsExactly("0:kept");
        assertThat(copy).hasContent("mine");
    }

    private void makeDirectory(String name, Uuid topicId) throws IOException {
        Files.createDirectory(directory.resolve(name));
        PartitionMetadata.write(Storage.ofThisMachine(), directory.resolve(name), topicId);
    }

    private static LogConfig segmentBytes(int bytes) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                bytes,
                d.segmentMs(),
                d.segmentJitterMs(),
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                d.maxMessageBytes(),
                d.timestampType(),
                d.timestampBeforeMaxMs(),
                Long.MAX_VALUE,
                d.cleanup(),
                d.fileDeleteDelayMs(),
                d.flushMessages(),
                d.flushMs(),
                d.compression());
    }

    @Test
    void recordsAreFoundByTime() throws Exception {
        for (int i = 0; i < 500; i++) {
            append(RIDES, segmentBytes(20_000), new SimpleRecord(1000 + 10 * i, new byte[200]));
        }
        logs.awaitSynced(append(RIDES, segmentBytes(20_000), new SimpleRecord(9000, new byte[1]))
                .lsn());

        for (int restart = 0; restart < 2; restart++) {
            assertThat(log(RIDES).firstAtOrAfter(0)).contains(new TimestampedOffset(1000, 0));
            assertThat(log(RIDES).firstAtOrAfter(3001)).contains(new TimestampedOffset(3010, 201));
            assertThat(log(RIDES).firstAtOrAfter(6000)).contains(new TimestampedOffset(9000, 500));
            assertThat(log(RIDES).firstAtOrAfter(9001)).isEmpty();
            assertThat(log(RIDES).maxTimestamp()).contains(new TimestampedOffset(9000, 500));
            restartCleanly();
        }
    }

    @Test
    void deletedRecordsStayDeleted() throws Exception {
        appendAndSync(RIDES, "a", "b", "c");

        assertThat(log(RIDES).deleteRecordsBefore(2)).contains(2L);

        assertThat(log(RIDES).deleteRecordsBefore(4)).isEmpty();
        restartAfterKill();
        assertThat(log(RIDES).logStartOffset()).isEqualTo(2);
        restartCleanly();
        assertThat(log(RIDES).logStartOffset()).isEqualTo(2);
        assertThat(log(RIDES).read(1, 100, true, ReadBound.HIGH_WATERMARK)).isEqualTo(new ReadResult.OutOfRange(2, 3));
    }

    @Test
    void aTopicOfTheSameNameBeginsEmpty() throws Exception {
        appendAndSync(RIDES, "a", "b");
        logs.delete(RIDES);
        LogId again = new LogId(Uuid.randomUuid(), RIDES.topic(), RIDES.partition());

        assertThat(log(again).logEndOffset()).isZero();
        appendAndSync(again, "c");

        restartAfterKill();
        assertThat(read(again, 0)).containsExactly("0:c");
    }

    @Test
    void aProducersRetryIsADuplicateEvenAfterAKill() throws Exception {
        logs.awaitSynced(((AppendResult.Appended) appendIdempotent(0)).lsn());
        logs.awaitSynced(((AppendResult.Appended) appendIdempotent(1)).lsn());

        restartAfterKill();

        assertThat(appendIdempotent(1))
                .isInstanceOfSatisfying(
                        AppendResult.Duplicate.class,
                        duplicate -> assertThat(duplicate.baseOffset()).isEqualTo(1));
        assertThat(appendIdempotent(3)).isInstanceOf(AppendResult.Rejected.class);
        assertThat(appendIdempotent(2)).isInstanceOf(AppendResult.Appended.class);
        restartCleanly();
        assertThat(appendIdempotent(2)).isInstanceOf(AppendResult.Duplicate.class);
        assertThat(appendIdempotent(3)).isInstanceOf(AppendResult.Appended.class);
    }

    private AppendResult appendIdempotent(int sequence) {
        ByteBuffer batch = MemoryRecords.withIdempotentRecords(
                        Compression.NONE, 7, (short) 0, sequence, new SimpleRecord(1000, new byte[10]))
                .buffer();
        return log(RIDES).append(batch, Origin.CLIENT);
    }

    @Test
    void twoBrokersInOneDirectoryAreOneTooMany() {
        assertThatThrownBy(() -> Logs.open(directory, Storage.ofThisMachine(), SMALL))
                .isInstanceOf(Logs.DirectoryInUseException.class)
                .hasMessageContaining("in use");
    }
}
