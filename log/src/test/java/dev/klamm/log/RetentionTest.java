package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.LogConfig.Cleanup;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadBack.Seen;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Retention on a simulated disk: what goes, what stays, and what a crash in the middle leaves. Ten records a segment. */
@Timeout(120)
class RetentionTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final Logs.Limits LIMITS = new Logs.Limits(1 << 20, 64 << 10);
    private static final long T0 = 1_000_000;
    private static final int VALUE_BYTES = 100;

    /** As large as ten batches of one record each. */
    private static final int SEGMENT_BYTES = 10 * batch(0, 0).remaining();

    @TempDir
    Path directory;

    private SimulatedDisk disk = new SimulatedDisk(new Random(1));
    private Cleanup cleanup = delete(-1, -1);
    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, disk.boot(), LIMITS);
        register();
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.abandon();
    }

    private static Cleanup delete(long retentionMs, long retentionBytes) {
        return new Cleanup(false, true, retentionMs, retentionBytes, 0, 0.5, 0, Long.MAX_VALUE);
    }

    private static ByteBuffer batch(long timestampMs, long content) {
        byte[] value = ByteBuffer.allocate(VALUE_BYTES).putLong(0, content).array();
        return Batches.batch(Compression.NONE, new SimpleRecord(timestampMs, value));
    }

    private LogConfig config() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                SEGMENT_BYTES,
                Long.MAX_VALUE,
                0,
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                cleanup,
                0,
                1,
                Long.MAX_VALUE,
                null);
    }

    private void register() {
        logs.register(RIDES, config(), 0);
    }

    private PartitionLog log() {
        return logs.find(RIDES).orElseThrow();
    }

    private void configure(Cleanup other) {
        cleanup = other;
        log().reconfigure(config());
    }

    /** Records with the timestamps {@code T0 + offset}, and the offset as content. */
    private void append(int count) throws Exception {
        long lsn = -1;
        for (int i = 0; i < count; i++) {
            long offset = log().logEndOffset();
            lsn = ((AppendResult.Appended) log().append(batch(T0 + offset, offset), Origin.CLIENT)).lsn();
        }
        logs.awaitSynced(lsn);
    }

    private void moveTail() throws Exception {
        log().moveTail(logs.journal().sync(), new WriteBuffer());
    }

    /** What it holds does not help a restart any more. */
    private void freeJournal() throws Exception {
        logs.writeCheckpoints();
        logs.journal().checkpointed(logs.journal().sync());
    }

    private void restartCleanly() throws IOException {
        logs.close();
        open();
    }

    private void restartAfterPowerCut() throws IOException {
        disk.cutPower();
        logs.abandon();
        open();
    }

    /** A look of retention when the record at {@code offset} is {@code ageMs} old. */
    private void runWhen(long offset, long ageMs) throws Exception {
        logs.retention().run(T0 + offset + ageMs);
    }

    private List<String> files() throws IOException {
        return disk.boot().list(directory.resolve("rides-0")).stream()
                .filter(name -> name.contains(".log"))
                .toList();
    }

    private void assertHolds(long from, long end) throws IOException {
        assertThat(log().logStartOffset()).isEqualTo(from);
        assertThat(log().logEndOffset()).isEqualTo(end);
        List<Seen> seen = ReadBack.all(log(), from, 5000, ReadBound.HIGH_WATERMARK);
        assertThat(seen).hasSize((int) (end - from));
        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i).content()).isEqualTo(from + i);
        }
    }

    @Test
    void segmentsPastTheirTimeGoAndReadersBelowAreOutOfRange() throws Exception {
        append(35);
        moveTail();
        configure(delete(1000, -1));

        runWhen(19, 1001);

        assertHolds(20, 35);
        assertThat(files())
                .containsExactly(
                        "00000000000000000000.log.deleted",
                        "00000000000000000010.log.deleted",
                        "00000000000000000020.log",
                        "00000000000000000030.log");
        assertThat(log().read(19, 100, true, ReadBound.HIGH_WATERMARK)).isEqualTo(new ReadResult.OutOfRange(20, 35));
    }

    @Test
    void theLogStartSurvivesAPowerCut() throws Exception {
        append(35);
        moveTail();
        configure(delete(1000, -1));
        runWhen(19, 1001);

        restartAfterPowerCut();

        assertHolds(20, 35);
    }

    @Test
    void segmentsGoWhileTheRestIsLargerThanTheRetention() throws Exception {
        append(35);
        moveTail();
        configure(delete(-1, 2L * SEGMENT_BYTES));

        runWhen(0, 0);

        assertHolds(10, 35);
    }

    @Test
    void aLogWhoseRecordsAreAllTooOldIsEmptyAndGoesOnWhereItEnded() throws Exception {
        append(15);
        configure(delete(1000, -1));

        runWhen(14, 1001);

        assertHolds(15, 15);
        assertThat(files()).contains("00000000000000000015.log").doesNotContain("00000000000000000010.log");
        restartAfterPowerCut();
        assertHolds(15, 15);
        append(2);
        assertHolds(15, 17);
        restartCleanly();
        assertHolds(15, 17);
    }

    @Test
    void aCrashAtAnyStepLosesNothingThatIsKeptAndBringsBackNothingThatIsGone() throws Exception {
        for (long seed = 0; seed < 400; seed++) {
            crashWhileSegmentsGo(new Random(seed), "seed " + seed);
        }
    }

    /** From a random state, with all of the log past its time or a part of it, and the disk dying at a random step. */
    private void crashWhileSegmentsGo(Random random, String which) throws Exception {
        logs.abandon();
        disk = new SimulatedDisk(random);
        cleanup = delete(-1, -1);
        open();
        append(15 + random.nextInt(10));
        prepare(random);
        long end = log().logEndOffset();
        long oldest = random.nextBoolean() ? end - 1 : 9;
        long expectedStart = oldest == 9 ? 10 : end;
        configure(delete(1000, -1));

        disk.dieAfter(random.nextInt(60));
        boolean isDone = expire(oldest);
        if (isDone) {
            disk.dieAfter(Long.MAX_VALUE);
        }
        crash(random);

        cleanup = delete(-1, -1);
        log().reconfigure(config());
        long start = log().logStartOffset();
        assertThat(start).as(which).isIn(isDone ? List.of(expectedStart) : List.of(0L, expectedStart));
        assertThat(log().logEndOffset()).as(which).isEqualTo(end);
        append(3);
        assertHolds(start, end + 3);
        crash(random);
        assertHolds(start, end + 3);
    }

    private void prepare(Random random) throws Exception {
        moveTail();
        if (random.nextBoolean()) {
            restartCleanly();
        }
        append(1 + random.nextInt(4));
        if (random.nextInt(4) > 0) {
            moveTail();
        }
    }

    /** Whether retention came to its end before the disk died. */
    private boolean expire(long oldest) throws Exception {
        try {
            runWhen(oldest, 1001);
            return !disk.isDead();
        } catch (Logs.JournalFailedException died) {
            assertThat(disk.isDead()).isTrue();
            return false;
        }
    }

    private void crash(Random random) throws IOException {
        if (random.nextBoolean()) {
            disk.kill();
        } else {
            disk.cutPower();
        }
        logs.abandon();
        open();
    }

    @Test
    void whatIsTooOldAndStillOnItsWayToASegmentGoesToo() throws Exception {
        append(12);
        moveTail();
        append(5);
        configure(delete(1000, -1));

        runWhen(16, 1001);

        assertHolds(17, 17);
    }

    @Test
    void aYoungRecordOnItsWayToTheLastSegmentKeepsIt() throws Exception {
        append(15);
        moveTail();
        append(1);
        configure(delete(1000, -1));

        runWhen(14, 1001);

        assertHolds(10, 16);
    }

    @Test
    void aProducerIsKnownThoughAllItsRecordsAreGone() throws Exception {
        logs.awaitSynced(((AppendResult.Appended) log().append(Batches.idempotent(7, 0, 0, 3), Origin.CLIENT)).lsn());
        moveTail();
        configure(delete(0, -1));
        logs.retention().run(Long.MAX_VALUE / 2);
        log().syncSegments();
        freeJournal();

        restartAfterPowerCut();

        assertThat(log().logStartOffset()).isEqualTo(3);
        assertThat(log().append(Batches.idempotent(7, 0, 0, 3), Origin.CLIENT))
                .isInstanceOf(AppendResult.Duplicate.class);
        assertThat(log().append(Batches.idempotent(7, 0, 5, 1), Origin.CLIENT))
                .isInstanceOf(AppendResult.Rejected.class);
    }

    @Test
    void compactedLogsLoseOnlyWhatIsBelowTheirStart() throws Exception {
        append(35);
        moveTail();
        configure(new Cleanup(true, false, 1, 1, 0, 0.5, 0, Long.MAX_VALUE));
        log().deleteRecordsBefore(25);

        runWhen(34, 1_000_000);

        assertHolds(25, 35);
        assertThat(files())
                .contains("00000000000000000010.log.deleted", "00000000000000000020.log", "00000000000000000030.log");
    }

    @Test
    void settingsTakeEffectAtTheNextLookAlsoOfLogsThatNobodyUses() throws Exception {
        append(35);
        restartCleanly();
        runWhen(34, 1_000_000);
        assertThat(log().checkpointOffsets()).as("opened").isEmpty();

        configure(delete(1000, -1));
        runWhen(9, 1000);
        assertThat(log().checkpointOffsets()).as("opened").isEmpty();
        runWhen(9, 1001);

        assertHolds(10, 35);
    }

    @Test
    void aLogThatNobodyUsesIsLookedAtOnce() throws Exception {
        append(5);
        restartCleanly();
        configure(delete(1000, 1_000_000));
        runWhen(4, 0);

        disk.dieAfter(0);
        runWhen(4, 1000);

        assertThat(disk.isDead()).as("a file was touched").isFalse();
        assertThat(log().checkpointOffsets()).as("opened").isEmpty();
        disk.dieAfter(Long.MAX_VALUE);
        runWhen(4, 1001);
        assertHolds(5, 5);
    }

    @Test
    void aLogThatNobodyUsesIsAsOldAsItsNewestRecordThoughNoIndexHasIt() throws Exception {
        append(5);
        moveTail();
        freeJournal();
        disk.kill();
        logs.abandon();
        cleanup = delete(1000, -1);
        open();

        runWhen(4, 1000);
        assertHolds(0, 5);
        runWhen(4, 1001);
        assertHolds(5, 5);
    }

    @Test
    void aReaderInTheMiddleOfADeletedSegmentGoesOn() throws Exception {
        int bytes = 3 * SEGMENT_BYTES;
        LogConfig large = new LogConfig(
                bytes * 100,
                Long.MAX_VALUE,
                0,
                1 << 20,
                4096,
                1 << 20,
                config().timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                delete(1000, -1),
                60_000,
                1,
                Long.MAX_VALUE,
                null);
        log().reconfigure(large);
        append(300);
        moveTail();
        var before = (ReadResult.InFile) log().read(0, bytes * 10, true, ReadBound.HIGH_WATERMARK);
        ByteBuffer expected = ReadBack.bytes(before);

        runWhen(299, 1001);

        assertThat(log().logStartOffset()).isEqualTo(300);
        assertThat(ReadBack.bytes(before)).isEqualTo(expected);
    }

    @Test
    void whatAKillLeftOfDeletedFilesGoesWhenTheLogIsLookedAt() throws Exception {
        append(35);
        restartCleanly();
        disk.boot()
                .openOrCreate(directory.resolve("rides-0/00000000000000000000.log.deleted"))
                .close();

        runWhen(34, 0);

        assertThat(files()).noneMatch(name -> name.endsWith(".deleted"));
    }
}
