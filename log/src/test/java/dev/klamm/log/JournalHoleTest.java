package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a log whose records were in the journal alone, when the journal is damaged. One record a batch. */
class JournalHoleTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final int FRAME_HEADERS = JournalFrame.HEADER_BYTES + JournalFrame.ENTRY_HEADER_BYTES;

    @TempDir
    Path directory;

    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), new Logs.Limits(1 << 20, 1 << 20));
        logs.register(RIDES, LogConfig.DEFAULT, 0);
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.close();
    }

    private PartitionLog log() {
        return logs.find(RIDES).orElseThrow();
    }

    private void append(String... values) throws Exception {
        for (String value : values) {
            ByteBuffer batch = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value.getBytes(UTF_8)))
                    .buffer();
            var appended = (AppendResult.Appended) log().append(batch, Origin.CLIENT);
            logs.awaitSynced(appended.lsn());
        }
    }

    private static final java.nio.charset.Charset UTF_8 = java.nio.charset.StandardCharsets.UTF_8;

    /** Cuts the power, so that segments are gone, which were never synced; flips a bit of the frame that holds the value. */
    private void flipAfterPowerCut(String value, int atInFrame) throws IOException {
        logs.abandon();
        DeletedDirectory.delete(Storage.ofThisMachine(), directory.resolve("rides-0"));
        flip(value, atInFrame);
        open();
    }

    private void flip(String value, int atInFrame) throws IOException {
        Path file = directory.resolve("klamm.journal.0");
        byte[] bytes = Files.readAllBytes(file);
        int found = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(value);
        // The value lies behind the headers of frame, entry and batch, and of a record without key: 66 + 61 bytes and a
        // few.
        int frame = found - FRAME_HEADERS - RecordBatchHeader.SIZE - 6;
        bytes[frame + atInFrame] ^= 1;
        Files.write(file, bytes);
    }

    /** The values from an offset up to the end or to the first error, which is the last text then. */
    private List<String> readFrom(long offset) throws IOException {
        List<String> values = new ArrayList<>();
        for (long next = offset; next < log().logEndOffset(); ) {
            ReadResult result = log().read(next, 1, true, ReadBound.HIGH_WATERMARK);
            if (result instanceof ReadResult.Corrupt) {
                values.add("corrupt at " + next);
                return values;
            }
            for (RecordBatch batch :
                    MemoryRecords.readableRecords(ReadBack.bytes(result)).batches()) {
                for (Record record : batch) {
                    values.add(record.offset() + ":" + UTF_8.decode(record.value()));
                }
                next = batch.nextOffset();
            }
        }
        return values;
    }

    @Test
    void aLogKeepsWhatIsBeforeAndBehindWhatTheJournalLost() throws Exception {
        append("one", "two", "three", "four");

        // The batch's own CRC.
        flipAfterPowerCut("two", FRAME_HEADERS + 17);

        assertThat(readFrom(0)).containsExactly("0:one", "corrupt at 1");
        assertThat(readFrom(2)).containsExactly("2:three", "3:four");
        assertThat(logs.damages().all())
                .extracting(Damage::log, Damage::firstOffset, Damage::lastOffset)
                .containsExactly(tuple(RIDES, 1L, 1L));
    }

    @Test
    void theHoleIsStillKnownAfterACleanStopAndAfterAnotherKill() throws Exception {
        append("one", "two", "three");
        flipAfterPowerCut("two", FRAME_HEADERS + 17);
        append("four");
        logs.abandon();
        open();
        append("five");
        logs.close();
        open();

        assertThat(readFrom(0)).containsExactly("0:one", "corrupt at 1");
        assertThat(readFrom(2)).containsExactly("2:three", "3:four", "4:five");
        assertThat(logs.damages().all()).hasSize(1);
    }

    @Test
    void theBeginningOfALogThatOnlyTheJournalHadIsNotSilentlyMissing() throws Exception {
        append("one", "two");

        flipAfterPowerCut("one", FRAME_HEADERS + 17);

        assertThat(readFrom(0)).containsExactly("corrupt at 0");
        assertThat(readFrom(1)).containsExactly("1:two");
    }

    @Test
    void theOffsetsOfTheLastRecordsThatWereLostAreNotGivenAgain() throws Exception {
        append("one", "two");
        // Two looks: the journal has come to rest, and says that all of it was synced.
        logs.journal().markWhenIdle();
        logs.journal().markWhenIdle();
        logs.journal().sync();

        flipAfterPowerCut("two", FRAME_HEADERS + 17);
        append("three");

        assertThat(readFrom(0)).containsExactly("0:one", "corrupt at 1");
        assertThat(readFrom(2)).containsExactly("2:three");
    }

    @Test
    void batchesThatAreGoodInThemselvesAreKeptFromABadFrame() throws Exception {
        append("one", "two", "three");

        // The frame's own checksum.
        flipAfterPowerCut("two", 4);

        assertThat(readFrom(0)).containsExactly("0:one", "1:two", "2:three");
        assertThat(logs.damages().all()).isEmpty();
    }

    @Test
    void whatSegmentsHaveIsNotCutWhereTheJournalLacksIt() throws Exception {
        append("one", "two", "three");
        log().moveTail(logs.journal().syncedLsn(), new WriteBuffer());
        append("four");
        logs.abandon();

        flip("two", FRAME_HEADERS + 17);
        open();

        assertThat(readFrom(0)).containsExactly("0:one", "1:two", "2:three", "3:four");
        assertThat(logs.damages().all()).isEmpty();
    }
}
