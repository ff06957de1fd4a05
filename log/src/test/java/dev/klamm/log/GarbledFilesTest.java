package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.PartitionLog.TimestampedOffset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every file of a data directory, taken away, cut at each byte and with each byte changed: then all is as it was, or
 * somebody is told, by the log or by an error. What is read is never wrong.
 */
@Timeout(300)
class GarbledFilesTest {
    private static final LogId RIDES = new LogId(new Uuid(1, 1), "rides", 0);
    private static final Path DIRECTORY = Path.of("/data");
    private static final Logs.Limits LIMITS = new Logs.Limits(1 << 20, 16 << 10);
    private static final int RECORDS = 12;

    /**
     * What nobody is told of yet. Kafka's checkpoint of log starts is text without a checksum; a segment that is gone as a
     * whole leaves no trace but the gap, as compaction does; a journal that is gone as a whole leaves a directory like one of
     * Kafka's; and the base offset of a batch is not under its CRC, which shows where there is no batch behind it.
     */
    private static final Pattern UNTOLD = Pattern.compile("log-start-offset-checkpoint .*"
            + "|rides-0/0000000000000000000[04].log (missing|cut at 0):.*"
            + "|klamm.journal.0 missing:.*"
            + "|rides-0/00000000000000000008.log changed at (298|299|300|301):.*");

    /** Of the journal's last frame: damage there can't be told from a torn round, until a mark follows it. */
    private static final int LAST_FRAME_BYTES = 170;

    private static final long DELETED = 2;
    private static final long T0 = 1000;

    /** What a broker and its clients see of a directory. */
    private record Seen(
            long start,
            long end,
            List<Long> contents,
            List<Optional<TimestampedOffset>> byTime,
            List<String> retries) {}

    private static LogConfig config() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                400,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                50,
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

    private static ByteBuffer batch(int number) {
        byte[] value = ByteBuffer.allocate(30).putLong(0, number).array();
        SimpleRecord record = new SimpleRecord(T0 + 10L * number, value);
        return MemoryRecords.withIdempotentRecords(Compression.NONE, 7, (short) 0, number, record)
                .buffer();
    }

    // ---- the directories

    private interface Ending {
        void of(SimulatedDisk disk, Logs logs) throws IOException;
    }

    private static SortedMap<String, byte[]> directory(Ending ending) throws Exception {
        Turns turns = new Turns(new Random(1));
        SimulatedDisk disk = new SimulatedDisk(new Random(1), Turns::pass);
        turns.run(() -> {
            Logs logs = Logs.open(DIRECTORY, machine(disk, turns), LIMITS);
            PartitionLog log = logs.register(RIDES, config(), 0);
            logs.allRegistered();
            for (int number = 0; number < RECORDS; number++) {
                logs.awaitSynced(((AppendResult.Appended) log.append(batch(number), Origin.CLIENT)).lsn());
                if (number == RECORDS / 2) {
                    log.deleteRecordsBefore(DELETED);
                    logs.requestFlush();
                    turns.passUntilAllWait();
                }
            }
            ending.of(disk, logs);
        });
        return disk.image();
    }

    private static Machine machine(SimulatedDisk disk, Turns turns) {
        return new Machine(
                disk.boot(), turns.threads(), Machine.with(disk.boot()).clock());
    }

    private static SortedMap<String, byte[]> stoppedCleanly() throws Exception {
        return directory((_, logs) -> logs.close());
    }

    private static SortedMap<String, byte[]> killed() throws Exception {
        return directory((disk, logs) -> {
            disk.kill();
            logs.abandon();
        });
    }

    // ---- what is seen of them

    private static Seen look(SortedMap<String, byte[]> image) throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new Random(1), Turns::pass);
        put(image, disk.boot());
        Turns turns = new Turns(new Random(1));
        Seen[] seen = new Seen[1];
        turns.run(() -> {
            Logs logs = Logs.open(DIRECTORY, machine(disk, turns), LIMITS);
            try {
                PartitionLog log = logs.register(RIDES, config(), 0);
                logs.allRegistered();
                seen[0] = look(log);
            } finally {
                disk.kill();
                logs.abandon();
            }
        });
        return Objects.requireNonNull(seen[0]);
    }

    static void put(SortedMap<String, byte[]> image, Storage storage) throws IOException {
        storage.createDirectories(DIRECTORY);
        for (Map.Entry<String, byte[]> file : image.entrySet()) {
            Path path = DIRECTORY.resolve(file.getKey());
            storage.createDirectories(Objects.requireNonNull(path.getParent()));
            storage.openOrCreate(path).write(new ByteBuffer[] {ByteBuffer.wrap(file.getValue())}, 0);
        }
    }

    private static Seen look(PartitionLog log) throws IOException {
        List<Optional<TimestampedOffset>> byTime = new ArrayList<>();
        for (int number = 0; number <= RECORDS; number++) {
            byTime.add(log.firstAtOrAfter(T0 + 10L * number - 5));
        }
        // Each record by itself, for every way through the index; what can't be read says so.
        List<Long> contents = new ArrayList<>();
        for (long offset = log.logStartOffset(); offset < Math.min(log.logEndOffset(), 2 * RECORDS); offset++) {
            switch (log.read(offset, 1, true, ReadBound.HIGH_WATERMARK)) {
                case ReadResult.Corrupt corrupt -> assertThat(corrupt.message()).isNotBlank();
                case ReadResult.Failed failed -> assertThat(failed.message()).isNotBlank();
                case ReadResult.OutOfRange range -> throw new AssertionError(range);
                case ReadResult.Records records -> contents.addAll(contentsOf(records, offset));
            }
        }
        List<String> retries = new ArrayList<>();
        for (int number : new int[] {RECORDS - 1, RECORDS + 1, RECORDS}) {
            retries.add(log.append(batch(number), Origin.CLIENT).getClass().getSimpleName());
        }
        return new Seen(log.logStartOffset(), log.logEndOffset(), contents, byTime, retries);
    }

    private static List<Long> contentsOf(ReadResult.Records records, long offset) throws IOException {
        List<Long> contents = new ArrayList<>();
        for (RecordBatch batch :
                MemoryRecords.readableRecords(ReadBack.bytes(records)).batches()) {
            batch.ensureValid();
            for (Record record : batch) {
                assertThat(record.offset()).as("offset").isEqualTo(offset);
                contents.add(record.value().getLong(0));
            }
        }
        assertThat(contents).as("records at %d", offset).hasSize(1);
        return contents;
    }

    // ---- garbling

    private static void compare(Seen right, SortedMap<String, byte[]> garbled, String what) throws Exception {
        Reports.clear();
        try {
            Seen seen = look(garbled);
            if (!Reports.sentences().isEmpty()) {
                // Deleted records may be back where nothing says any more that they were; others not be there.
                assertThat(appended()).as(what + ": contents").containsSubsequence(seen.contents);
            } else {
                assertThat(seen).as(what).isEqualTo(right);
            }
        } catch (IOException | UncheckedIOException told) {
            assertThat(told.getMessage()).as(what).isNotBlank();
        }
    }

    private static List<Long> appended() {
        return LongStream.range(0, RECORDS).boxed().toList();
    }

    private static List<String> problems(SortedMap<String, byte[]> image) throws Exception {
        Seen right = look(image);
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : image.entrySet()) {
            String name = file.getKey();
            byte[] whole = file.getValue();
            SortedMap<String, byte[]> garbled = new TreeMap<>(image);
            garbled.remove(name);
            note(problems, right, garbled, name + " missing");
            for (int at = 0; at < whole.length; at++) {
                boolean isInLastFrame = name.startsWith("klamm.journal") && at > usedBytes(whole) - LAST_FRAME_BYTES;
                if (isInLastFrame || !isOfInterest(whole, at)) {
                    continue;
                }
                garbled.put(name, Arrays.copyOf(whole, at));
                note(problems, right, garbled, name + " cut at " + at);
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << at % 8);
                garbled.put(name, flipped);
                note(problems, right, garbled, name + " changed at " + at);
            }
        }
        return problems;
    }

    private static void note(List<String> problems, Seen right, SortedMap<String, byte[]> garbled, String what)
            throws Exception {
        try {
            compare(right, garbled, what);
        } catch (AssertionError | RuntimeException failed) {
            String problem = what + ": " + failed.toString().replaceAll("\\s+", " ");
            if (!UNTOLD.matcher(problem).matches()) {
                problems.add(problem);
            }
        }
    }

    private static int usedBytes(byte[] contents) {
        int used = contents.length;
        while (used > 0 && contents[used - 1] == 0) {
            used--;
        }
        return used;
    }

    /** A journal file has long rows of zeros: there, a few places stand for all. */
    private static boolean isOfInterest(byte[] contents, int at) {
        for (int near = Math.max(0, at - 4); near < Math.min(contents.length, at + 4); near++) {
            if (contents[near] != 0) {
                return true;
            }
        }
        return at % 512 == 0;
    }

    @Test
    void afterACleanStopAllIsReadRightOrReported() throws Exception {
        assertThat(problems(stoppedCleanly())).isEmpty();
    }

    @Test
    void afterAKillAllIsReadRightOrReported() throws Exception {
        assertThat(problems(killed())).isEmpty();
    }
}
