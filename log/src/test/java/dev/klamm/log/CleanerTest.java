package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is compacted and when, on the real disk: passes are asked for, with the time that the test sets. */
@Timeout(120)
class CleanerTest {
    private static final LogId LOG = new LogId(Uuid.randomUuid(), "zones", 0);
    private static final long NOW = Batches.T0;
    private static final long HOUR = 3600_000;

    @TempDir
    Path directory;

    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        logs.reconfigure(upkeep(1 << 20));
        logs.register(LOG, config(0, 0, Long.MAX_VALUE), 0);
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.abandon();
    }

    /** Nothing happens by itself. */
    private static Upkeep upkeep(long dedupeBytes) {
        return new Upkeep(
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                new Upkeep.Compaction(true, 1, dedupeBytes, 0.9, 1 << 19, Double.MAX_VALUE, Long.MAX_VALUE));
    }

    private static LogConfig config(double minDirtyRatio, long minLagMs, long maxLagMs) {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                4000,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                200,
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                new LogConfig.Cleanup(true, false, -1, -1, HOUR, minDirtyRatio, minLagMs, maxLagMs),
                60_000,
                1,
                Long.MAX_VALUE,
                null);
    }

    private PartitionLog log() {
        return logs.find(LOG).orElseThrow();
    }

    private static SimpleRecord record(long timestampMs, String key, @Nullable String value) {
        return new SimpleRecord(
                timestampMs,
                key.getBytes(StandardCharsets.UTF_8),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    private void append(SimpleRecord... records) throws Exception {
        append(MemoryRecords.withRecords(Compression.NONE, records).buffer());
    }

    private void append(ByteBuffer batch) throws Exception {
        logs.awaitSynced(((AppendResult.Appended) log().append(batch, Origin.CLIENT)).lsn());
    }

    /** Records of a key of their own each, until what came before is in segments that do not grow. */
    private void roll() throws Exception {
        String padding = "x".repeat(1500);
        for (int i = 0; i < 6; i++) {
            append(record(NOW, "padding", padding));
        }
        restart();
    }

    /** All is in segments. */
    private void restart() throws IOException {
        logs.close();
        open();
    }

    private List<String> read() throws IOException {
        List<String> found = new ArrayList<>();
        long next = log().logStartOffset();
        while (next < log().logEndOffset()) {
            ByteBuffer bytes = ReadBack.bytes(log().read(next, 100_000, true, ReadBound.HIGH_WATERMARK));
            for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    String key = StandardCharsets.UTF_8.decode(record.key()).toString();
                    if (!key.equals("padding")) {
                        found.add(record.offset() + " " + key + "=" + value(record));
                    }
                }
                next = batch.nextOffset();
            }
        }
        return found;
    }

    private static String value(Record record) {
        return record.hasValue() ? StandardCharsets.UTF_8.decode(record.value()).toString() : "null";
    }

    private boolean clean(long nowMs) {
        return logs.cleaner().cleanDirtiest(nowMs);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(LOG.directoryName()))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    // ---- what is kept

    @Test
    void keepsTheLastRecordOfEachKeyAtItsOffset() throws Exception {
        append(record(NOW, "a", "1"), record(NOW, "b", "1"), record(NOW, "a", "2"));
        append(record(NOW, "c", "1"));
        append(record(NOW, "b", "2"));
        roll();

        assertThat(clean(NOW)).isTrue();

        assertThat(read()).containsExactly("2 a=2", "3 c=1", "4 b=2");
        assertThat(clean(NOW)).as("due again").isFalse();
    }

    @Test
    void aTombstoneStaysForItsTimeAndThenGoes() throws Exception {
        append(record(NOW, "a", "1"), record(NOW, "b", "1"));
        append(record(NOW, "a", null));
        roll();

        clean(NOW);
        assertThat(read()).containsExactly("1 b=1", "2 a=null");
        roll();
        clean(NOW + HOUR - 1);
        assertThat(read()).containsExactly("1 b=1", "2 a=null");
        roll();
        clean(NOW + HOUR);
        assertThat(read()).containsExactly("1 b=1");
    }

    @Test
    void aProducerGoesOnWhereItsRecordsAreGoneAndItsLastBatchIsARetryStill() throws Exception {
        append(Batches.idempotent(7, 0, 0, 3));
        append(Batches.idempotent(8, 0, 0, 3));
        append(Batches.batch(5));
        roll();
        clean(NOW);
        // Without a snapshot, from the log alone.
        logs.close();
        for (String name : names()) {
            if (name.endsWith(".snapshot")) {
                Files.delete(directory.resolve(LOG.directoryName()).resolve(name));
            }
        }
        open();

        assertThat(log().append(Batches.idempotent(7, 0, 0, 3), Origin.CLIENT))
                .isInstanceOf(AppendResult.Duplicate.class);
        assertThat(log().append(Batches.idempotent(8, 0, 3, 3), Origin.CLIENT))
                .isInstanceOf(AppendResult.Appended.class);
        assertThat(log().append(Batches.idempotent(8, 0, 9, 1), Origin.CLIENT))
                .isInstanceOf(AppendResult.Rejected.class);
    }

    @Test
    void readersAndSearchesFindTheirWayOverGaps() throws Exception {
        for (int i = 0; i < 300; i++) {
            append(record(NOW + i, "key " + i % 7, "value " + i));
        }
        roll();
        clean(NOW);

        for (long offset = 0; offset < 300; offset++) {
            ByteBuffer bytes = ReadBack.bytes(log().read(offset, 1, true, ReadBound.HIGH_WATERMARK));
            long found = RecordBatchHeader.lastOffset(bytes, 0);
            assertThat(found).isGreaterThanOrEqualTo(Math.max(offset, 293));
        }
        assertThat(log().firstAtOrAfter(NOW + 10).orElseThrow().offset()).isEqualTo(293);
        assertThat(log().firstAtOrAfter(NOW + 296).orElseThrow().offset()).isEqualTo(296);
        assertThat(log().maxTimestamp().orElseThrow().offset()).isEqualTo(299);
    }

    @Test
    void segmentsArePutTogetherAndTheOldOnesStayForReadersInTheMiddleOfThem() throws Exception {
        for (int i = 0; i < 300; i++) {
            append(record(NOW, "key " + i % 7, "value " + i));
        }
        roll();
        List<Segment> before = log().segments();
        clean(NOW);
        // By the sizes that they had before, no two of them fitted into one.
        assertThat(log().segments()).hasSize(before.size());
        roll();
        ReadResult.InFile inTheMiddle = readOfFirstSegment();
        clean(NOW);

        assertThat(log().segments()).hasSizeLessThan(before.size());
        assertThat(names()).anyMatch(name -> name.endsWith(".log.deleted"));
        ByteBuffer bytes = ByteBuffer.allocate(inTheMiddle.sizeBytes());
        inTheMiddle.file().read(bytes, inTheMiddle.position());
        MemoryRecords.readableRecords(bytes.flip()).batches().forEach(batch -> batch.ensureValid());
    }

    private ReadResult.InFile readOfFirstSegment() throws IOException {
        Segment first = log().segments().getFirst();
        return new ReadResult.InFile(first.file(), 0, (int) first.sizeBytes(), 0);
    }

    // ---- when

    @Test
    void aLogIsNotDueBeforeEnoughOfItIsDirty() throws Exception {
        log().reconfigure(config(0.5, 0, Long.MAX_VALUE));
        for (int i = 0; i < 40; i++) {
            append(record(NOW, "key " + i, "x".repeat(400)));
        }
        roll();
        log().reconfigure(config(0.5, 0, Long.MAX_VALUE));
        assertThat(clean(NOW)).as("all is dirty").isTrue();
        roll();
        log().reconfigure(config(0.5, 0, Long.MAX_VALUE));
        assertThat(clean(NOW)).as("9 of 25 KB are dirty").isFalse();
        log().reconfigure(config(0.2, 0, Long.MAX_VALUE));
        assertThat(clean(NOW)).isTrue();
    }

    @Test
    void youngRecordsAreLeftAloneAndOldOnesAreDueWhateverTheRatio() throws Exception {
        append(record(NOW, "a", "1"));
        append(record(NOW, "a", "2"));
        roll();
        log().reconfigure(config(0, HOUR, Long.MAX_VALUE));
        assertThat(clean(NOW + HOUR - 1)).as("too young").isFalse();
        log().reconfigure(config(1, 0, HOUR));
        assertThat(clean(NOW + HOUR)).as("not overdue").isFalse();
        assertThat(clean(NOW + HOUR + 1)).as("overdue").isTrue();
        assertThat(read()).containsExactly("1 a=2");
    }

    @Test
    void aLogNobodyUsedIsNotOpenedUnlessItHasSomethingDirty() throws Exception {
        append(record(NOW, "a", "1"));
        restart();
        assertThat(clean(NOW)).isFalse();
        assertThat(log().isOpen()).as("one segment").isFalse();

        append(record(NOW, "a", "2"));
        roll();
        assertThat(log().isOpen()).as("after a start").isFalse();
        assertThat(clean(NOW)).isTrue();
        restart();
        assertThat(clean(NOW)).isFalse();
        assertThat(log().isOpen()).as("all compacted").isFalse();
    }

    @Test
    void aNewTopicOfTheSameNameBeginsWithItsFirstOffset() throws Exception {
        append(record(NOW, "a", "1"));
        roll();
        clean(NOW);
        logs.delete(LOG);
        assertThat(logs.cleaner().checkpoint().offset(LOG)).isEqualTo(-1);
    }

    // ---- what goes wrong

    @Test
    void aDamagedBatchStopsTheCompactionAndIsReported() throws Exception {
        for (int i = 0; i < 100; i++) {
            append(record(NOW, "key " + i % 7, "value " + i));
        }
        roll();
        Path segment = directory.resolve(LOG.directoryName()).resolve(Segment.fileName(0, ".log"));
        byte[] damaged = Files.readAllBytes(segment);
        // In the leader epoch of a batch, which the CRC leaves out.
        damaged[RecordBatchHeader.sizeInBytes(ByteBuffer.wrap(damaged), 0) + RecordBatchHeader.LEADER_EPOCH] = -1;
        Files.write(segment, damaged);

        assertThat(clean(NOW)).isFalse();

        assertThat(Files.readAllBytes(segment)).isEqualTo(damaged);
        assertThat(names()).noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
        assertThat(logs.damages().all()).singleElement().satisfies(damage -> {
            assertThat(damage.log()).isEqualTo(LOG);
            assertThat(damage.firstOffset()).isEqualTo(1);
            assertThat(damage.lastOffset()).isEqualTo(1);
        });
        assertThat(clean(NOW)).as("tried again").isFalse();
    }

    @Test
    void damageBehindWhatWasPutInPlaceIsReportedAndTheLogNotTakenAgain() throws Exception {
        for (int i = 0; i < 30; i++) {
            append(record(NOW, "key " + i, "x".repeat(400)));
        }
        roll();
        clean(NOW);
        append(record(NOW, "key 0", "newer"));
        roll();
        Segment second = log().segments().get(1);
        Path file = directory.resolve(LOG.directoryName()).resolve(Segment.fileName(second.baseOffset(), ".log"));
        byte[] damaged = Files.readAllBytes(file);
        damaged[RecordBatchHeader.LEADER_EPOCH] = -1;
        Files.write(file, damaged);
        Segment first = log().segments().getFirst();

        assertThat(clean(NOW)).isFalse();

        Segment replaced = log().segments().getFirst();
        assertThat(replaced).isNotSameAs(first);
        assertThat(logs.damages().all())
                .singleElement()
                .satisfies(damage -> assertThat(damage.firstOffset()).isEqualTo(second.baseOffset()));
        clean(NOW);
        assertThat(log().segments().getFirst()).as("not rewritten again").isSameAs(replaced);
    }

    @Test
    void aCodecThatCannotBeLoadedPutsTheLogAsideAndEndsNothing() throws Exception {
        append(record(NOW, "a", "1"));
        append(record(NOW, "a", "2"));
        roll();
        reopenOn(storageWith("openOrCreate", ".log.cleaned", () -> {
            throw new UnsatisfiedLinkError("no such codec");
        }));
        Reports.clear();

        assertThat(clean(NOW)).isFalse();

        assertThat(Reports.sentences()).anyMatch(sentence -> sentence.contains("tried again in a minute"));
        assertThat(read()).containsExactly("0 a=1", "1 a=2");
    }

    @Test
    void theScrubTakesNoFileThatWasPutInPlaceMeanwhileForTheOneItFound() throws Exception {
        for (int i = 0; i < 300; i++) {
            append(record(NOW, "key " + i % 7, "value " + i));
        }
        roll();
        clean(NOW);
        roll();
        AtomicBoolean isDue = new AtomicBoolean();
        reopenOn(storageWith("openForReading", Segment.fileName(0, ".log"), () -> {
            if (isDue.getAndSet(false)) {
                clean(NOW);
            }
        }));
        int before = log().segments().size();

        isDue.set(true);
        try (Scrub scrub = Scrub.start(logs, 0)) {
            scrub.pass();
        }

        assertThat(log().segments()).as("put together").hasSizeLessThan(before);
        assertThat(logs.damages().all()).isEmpty();
    }

    private void reopenOn(Storage storage) throws IOException {
        logs.close();
        logs = Logs.open(directory, storage, Logs.Limits.DEFAULT);
        logs.reconfigure(upkeep(1 << 20));
        logs.register(LOG, config(0, 0, Long.MAX_VALUE), 0);
        logs.allRegistered();
    }

    /** This machine's storage, on which something happens first whenever such a file is opened. */
    private static Storage storageWith(String opening, String suffix, Runnable event) {
        Storage real = Storage.ofThisMachine();
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (_, method, arguments) -> {
                    if (method.getName().equals(opening)
                            && arguments[0].toString().endsWith(suffix)) {
                        event.run();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aHoleIsNotPassedSilentlyWhereTheBatchesBeforeItWereDropped() throws Exception {
        append(record(NOW, "a", "1"));
        append(record(NOW, "a", "2"));
        append(record(NOW, "a", "3"));
        roll();
        clean(NOW);
        logs.damages().report(new Damage(LOG, 1, 1, "zones-0/0.log", "gone"));

        assertThat(log().read(0, 1000, true, ReadBound.HIGH_WATERMARK)).isInstanceOf(ReadResult.Corrupt.class);
        assertThat(ReadBack.bytes(log().read(2, 1000, true, ReadBound.HIGH_WATERMARK))
                        .hasRemaining())
                .isTrue();
    }

    @Test
    void eachByteOfABatchThatIsDamagedIsFoundBeforeAnythingIsPassedOn() throws Exception {
        for (int i = 0; i < 100; i++) {
            append(record(NOW, "key " + i % 7, "value " + i));
        }
        roll();
        Segment first = log().segments().getFirst();
        long nextBaseOffset = log().segments().get(1).baseOffset();
        Path file = directory.resolve(LOG.directoryName()).resolve(Segment.fileName(0, ".log"));
        byte[] sound = Files.readAllBytes(file);
        int start = RecordBatchHeader.sizeInBytes(ByteBuffer.wrap(sound), 0);
        int end = start + RecordBatchHeader.sizeInBytes(ByteBuffer.wrap(sound), start);
        for (int at = start; at < end; at++) {
            byte[] damaged = sound.clone();
            damaged[at] ^= (byte) 0x81;
            Files.write(file, damaged);
            assertThatThrownBy(() -> readAll(first, nextBaseOffset))
                    .as("byte %d", at - start)
                    .isInstanceOf(VerifiedBatches.DamagedException.class);
        }
        Files.write(file, sound);
        assertThat(readAll(first, nextBaseOffset)).isEqualTo(sound.length);
    }

    private static int readAll(Segment segment, long nextBaseOffset) throws IOException {
        // Smaller than a batch, so that the buffer has to grow.
        VerifiedBatches batches = new VerifiedBatches(segment, nextBaseOffset, ByteBuffer.allocate(70));
        int bytes = 0;
        for (ByteBuffer some = batches.next(); some.hasRemaining(); some = batches.next()) {
            bytes += some.remaining();
        }
        return bytes;
    }

    @Test
    void aLogThatIsDeletedMeanwhileIsLeftAlone() throws Exception {
        for (int i = 0; i < 100; i++) {
            append(record(NOW, "key " + i % 7, "value " + i));
        }
        roll();
        Cleanable found = Cleanable.ifDue(log(), -1, NOW).orElseThrow();
        boolean[] isDeleted = new boolean[1];
        Compaction.Pace deletion = _ -> {
            if (!isDeleted[0]) {
                isDeleted[0] = true;
                logs.delete(LOG);
            }
        };
        try (Compaction compaction = new Compaction(found, upkeep(1 << 20).compaction(), NOW, deletion)) {
            assertThat(compaction.run()).isEmpty();
        }
        assertThat(Files.exists(directory.resolve(LOG.directoryName()))).isFalse();
    }
}
