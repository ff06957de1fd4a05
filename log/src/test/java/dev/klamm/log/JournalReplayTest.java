package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a journal says after its process is gone. Contents are texts here: the journal does not look into them. */
class JournalReplayTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final Uuid TOPIC = new Uuid(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
    private static final int FILE_BYTES = 16 << 10;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
    private Storage storage = disk.boot();

    /** The journal tells nobody here. */
    private static final class NoLog implements Journal.Owner {
        @Override
        public Uuid topicId() {
            return TOPIC;
        }

        @Override
        public int partition() {
            return 3;
        }

        @Override
        public boolean written(long endOffset) {
            return false;
        }

        @Override
        public void synced(long endOffset) {}
    }

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDirectories(DIRECTORY);
    }

    private Journal open() throws IOException {
        Journal journal =
                new Journal(Machine.with(storage), DIRECTORY, FILE_BYTES, JournalReplay.read(storage, DIRECTORY));
        journal.start(() -> {}, _ -> {});
        return journal;
    }

    private static void append(Journal journal, String... texts) throws Exception {
        for (String text : texts) {
            ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            journal.awaitSynced(journal.append(new NoLog(), JournalFrame.KIND_BATCHES, content, 0, true));
        }
    }

    private void kill() {
        disk.kill();
        storage = disk.boot();
    }

    /** What a replay finds, in order. */
    private List<String> replayed() throws IOException {
        List<String> texts = new ArrayList<>();
        JournalReplay.Entries entries = JournalReplay.read(storage, DIRECTORY).entriesOf(TOPIC, 3);
        for (int i = entries == null ? 0 : entries.first(); entries != null && i < entries.end(); i++) {
            texts.add(StandardCharsets.UTF_8.decode(entries.read(i)).toString());
        }
        return texts;
    }

    private ByteBuffer contents(String name) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(FILE_BYTES);
        storage.openForReading(DIRECTORY.resolve(name)).read(all, 0);
        return all.flip();
    }

    private void replace(String name, ByteBuffer contents, int sizeBytes) throws IOException {
        Storage.File file = storage.openOrCreate(DIRECTORY.resolve(name));
        file.truncate(0);
        file.write(new ByteBuffer[] {contents.slice(0, sizeBytes)}, 0);
    }

    @Test
    void aFileIsLaidOutAsItsClassSays() throws Exception {
        append(open(), "abc");

        ByteBuffer file = contents("klamm.journal.0");
        long salt = file.getLong(24);
        String header = "4b4c414d4d4a4e4c" + "00000002" + hex(file, 12, 4) + "0000000000000001" + hex(file, 24, 8)
                + "0000000000000000" + "0000000000000000" + "0000000000004000" + "0000000000000000";
        assertThat(hex(file, 0, 64)).isEqualTo(header);
        assertThat(hex(file, 4096, 64)).as("the second copy").isEqualTo(header);
        CRC32C headerCrc = new CRC32C();
        headerCrc.update(file.slice(0, 12));
        headerCrc.update(file.slice(16, 48));
        assertThat(file.getInt(12)).isEqualTo((int) headerCrc.getValue());
        ByteBuffer frame = file.slice(8192, 40 + 28 + 3);
        assertThat(hex(frame, 0, 4)).isEqualTo("0000001f");
        assertThat(hex(frame, 8, 32))
                .isEqualTo("0000000000000000" + "0000000000000000" + "0000000000000000" + "00000001" + "00000000");
        assertThat(hex(frame, 40, 31))
                .isEqualTo("1122334455667788" + "99aabbccddeeff00" + "00000003" + "00000001" + "00000003" + "616263");
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putLong(0, salt));
        crc.update(frame.slice(0, 4));
        crc.update(frame.slice(8, frame.limit() - 8));
        assertThat(frame.getInt(4)).isEqualTo((int) crc.getValue());
    }

    private static String hex(ByteBuffer buffer, int from, int count) {
        byte[] bytes = new byte[count];
        buffer.get(from, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void aLastFrameThatWasCutAnywhereIsLeftOutAndWhatFollowsIsKept() throws Exception {
        append(open(), "first", "last");
        kill();
        ByteBuffer whole = contents("klamm.journal.0");
        int lastFrame = JournalFile.HEADER_BYTES + 40 + 28 + 5;
        int end = lastFrame + 40 + 28 + 4;
        for (int size = lastFrame; size < end; size++) {
            replace("klamm.journal.0", whole, size);

            assertThat(replayed()).as("cut at %d", size).containsExactly("first");
        }
        append(open(), "next");
        kill();
        assertThat(replayed()).containsExactly("first", "next");
    }

    @Test
    void aLastFrameWithAnyByteWrongIsLeftOut() throws Exception {
        append(open(), "first", "last");
        kill();
        ByteBuffer whole = contents("klamm.journal.0");
        int lastFrame = JournalFile.HEADER_BYTES + 40 + 28 + 5;
        for (int at = lastFrame; at < lastFrame + 40 + 28 + 4; at++) {
            ByteBuffer flipped =
                    ByteBuffer.allocate(whole.limit()).put(whole.duplicate()).flip();
            flipped.put(at, (byte) (flipped.get(at) ^ 0x10));
            replace("klamm.journal.0", flipped, flipped.limit());

            assertThat(replayed()).as("flipped at %d", at).containsExactly("first");
        }
    }

    @Test
    void aFileWithoutAHeaderHoldsNothing() throws Exception {
        append(open(), "first");
        kill();
        ByteBuffer whole = contents("klamm.journal.0");
        for (int size = 0; size < 40; size++) {
            replace("klamm.journal.0", whole, size);
            assertThat(replayed()).as("cut at %d", size).isEmpty();
        }
    }

    @Test
    void entriesSurviveAnyNumberOfKillsAlsoOfProcessesThatWroteNothing() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int life = 0; life < 30; life++) {
            Journal journal = open();
            if (life % 3 == 0) {
                String text = "life " + life;
                append(journal, text);
                expected.add(text);
            }
            kill();

            // Killed ten times and more: the names of the files are not in the order of their numbers any more.
            assertThat(replayed()).as("after life %d", life).isEqualTo(expected);
        }
    }

    @Test
    void entriesBelowTheCheckpointAreNotReplayedThoughTheirFileIsThere() throws Exception {
        Journal journal = open();
        append(journal, "moved", "also moved");
        journal.checkpointed(2);
        append(journal, "not moved");
        kill();

        assertThat(replayed()).containsExactly("not moved");
    }

    @Test
    void aReusedFileShowsNothingOfItsEarlierLife() throws Exception {
        Journal journal = open();
        String large = "x".repeat(1000);
        for (int lsn = 0; lsn < 40; lsn++) {
            append(journal, large + lsn);
            if (lsn % 4 == 3) {
                journal.checkpointed(lsn);
            }
        }
        kill();

        List<String> found = replayed();
        assertThat(found).isNotEmpty().allMatch(text -> text.startsWith(large));
        int first = Integer.parseInt(found.getFirst().substring(1000));
        List<String> expected = new ArrayList<>();
        for (int lsn = first; lsn < 40; lsn++) {
            expected.add(large + lsn);
        }
        assertThat(found).isEqualTo(expected);
        assertThat(first).isLessThanOrEqualTo(39);
    }
}
