package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is done to the bytes of a journal whose process is gone, and what a replay says then. Each entry is a text that names
 * its lsn. The journal has three files, of which the first is in part below the checkpoint, and has come to rest.
 */
class JournalDamageTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final int FILE_BYTES = JournalFile.HEADER_BYTES + 4800;

    private final Map<String, byte[]> whole = new TreeMap<>();
    private List<String> everything = List.of();

    private static final class OneLog implements Journal.Owner {
        @Override
        public Uuid topicId() {
            return TOPIC;
        }

        @Override
        public int partition() {
            return 0;
        }

        @Override
        public boolean written(long endOffset) {
            return false;
        }

        @Override
        public void synced(long endOffset) {}
    }

    private record Replayed(List<String> texts, List<JournalReplay.Loss> losses) {
        boolean admitsTheLossOf(String text) {
            long lsn = Long.parseLong(text.substring(0, text.indexOf(' ')));
            return losses.stream()
                    .anyMatch(loss -> lsn >= loss.firstLsn() && (loss.endLsn() < 0 || lsn < loss.endLsn()));
        }
    }

    @BeforeEach
    void writeAJournal() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Storage storage = disk.boot();
        storage.createDirectories(DIRECTORY);
        Journal journal = open(storage);
        append(journal, 4, 800);
        journal.checkpointed(2);
        append(journal, 5, 250);
        append(journal, 2, 3000);
        append(journal, 2, 200);
        journal.markWhenIdle();
        journal.markWhenIdle();
        journal.sync();
        disk.kill();
        storage = disk.boot();
        for (String name : storage.list(DIRECTORY)) {
            whole.put(name, contents(storage, name));
        }
        Replayed replayed = replay(whole);
        assertThat(whole.keySet()).hasSize(3);
        assertThat(replayed.losses).isEmpty();
        everything = replayed.texts;
        assertThat(everything).hasSizeGreaterThan(9).first().asString().startsWith("2 ");
    }

    private static Journal open(Storage storage) throws IOException {
        Journal journal =
                new Journal(Machine.with(storage), DIRECTORY, FILE_BYTES, JournalReplay.read(storage, DIRECTORY));
        journal.start(() -> {}, _ -> {});
        return journal;
    }

    private static void append(Journal journal, int count, int sizeBytes) throws Exception {
        for (int i = 0; i < count; i++) {
            String text = "%d %s".formatted(journal.sync(), "x".repeat(sizeBytes));
            ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            journal.awaitSynced(journal.append(new OneLog(), JournalFrame.KIND_BATCHES, content, 0, true));
        }
    }

    private static byte[] contents(Storage storage, String name) throws IOException {
        try (Storage.File file = storage.openForReading(DIRECTORY.resolve(name))) {
            ByteBuffer all = ByteBuffer.allocate((int) file.size());
            file.read(all, 0);
            return all.array();
        }
    }

    private static Storage diskWith(Map<String, byte[]> files) throws IOException {
        Storage storage = new SimulatedDisk(new Random(1)).boot();
        storage.createDirectories(DIRECTORY);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            storage.openOrCreate(DIRECTORY.resolve(file.getKey()))
                    .write(new ByteBuffer[] {ByteBuffer.wrap(file.getValue())}, 0);
        }
        return storage;
    }

    private static Replayed replay(Map<String, byte[]> files) throws IOException {
        return replay(diskWith(files));
    }

    private static Replayed replay(Storage storage) throws IOException {
        JournalReplay replay = JournalReplay.read(storage, DIRECTORY);
        List<String> texts = new ArrayList<>();
        JournalReplay.Entries entries = replay.entriesOf(TOPIC, 0);
        for (int i = entries == null ? 0 : entries.first(); entries != null && i < entries.end(); i++) {
            if (entries.kind(i) == JournalFrame.KIND_BATCHES) {
                texts.add(StandardCharsets.UTF_8.decode(entries.read(i)).toString());
            }
        }
        return new Replayed(texts, replay.losses());
    }

    private byte[] copyOf(String name) {
        return Objects.requireNonNull(whole.get(name)).clone();
    }

    /** The journal with one file changed. */
    private Map<String, byte[]> with(String name, byte[] contents) {
        Map<String, byte[]> files = new TreeMap<>(whole);
        files.put(name, contents);
        return files;
    }

    private void everythingIsThereOrAdmittedToBeLost(Map<String, byte[]> files, String what) throws IOException {
        Replayed replayed = replay(files);
        assertThat(everything).as(what).containsSubsequence(replayed.texts);
        for (String text : everything) {
            if (!replayed.texts.contains(text) && !replayed.admitsTheLossOf(text)) {
                throw new AssertionError("%s: %s is gone, and nothing says so: %s".formatted(what, text, replayed));
            }
        }
    }

    @Test
    void anyByteThatIsWrongIsBorneOrReported() throws Exception {
        for (String name : whole.keySet()) {
            for (int at = 0; at < copyOf(name).length; at++) {
                byte[] flipped = copyOf(name);
                flipped[at] ^= (byte) (1 << at % 8);
                everythingIsThereOrAdmittedToBeLost(with(name, flipped), "%s flipped at %d".formatted(name, at));
            }
        }
    }

    @Test
    void aFileThatIsCutAnywhereIsReported() throws Exception {
        for (String name : whole.keySet()) {
            for (int size = 0; size < copyOf(name).length; size++) {
                byte[] cut = Arrays.copyOf(copyOf(name), size);
                everythingIsThereOrAdmittedToBeLost(with(name, cut), "%s cut at %d".formatted(name, size));
            }
        }
    }

    @Test
    void aSectorOfZerosOrOfNoiseAnywhereIsReported() throws Exception {
        Random random = new Random(7);
        for (String name : whole.keySet()) {
            for (int at = 0; at < copyOf(name).length; at += 64) {
                byte[] garbled = copyOf(name);
                byte[] noise = new byte[Math.min(512, garbled.length - at)];
                if (random.nextBoolean()) {
                    random.nextBytes(noise);
                }
                System.arraycopy(noise, 0, garbled, at, noise.length);
                everythingIsThereOrAdmittedToBeLost(with(name, garbled), "%s garbled at %d".formatted(name, at));
            }
        }
    }

    @Test
    void aFileThatIsMissingBeforeTheNewestIsReported() throws Exception {
        List<String> names = List.copyOf(whole.keySet());
        for (String name : names.subList(0, names.size() - 1)) {
            Map<String, byte[]> files = new TreeMap<>(whole);
            files.remove(name);
            everythingIsThereOrAdmittedToBeLost(files, name + " missing");
        }
    }

    @Test
    void oneBadFrameCostsItsOwnEntriesAlone() throws Exception {
        String newest = List.copyOf(whole.keySet()).getLast();
        for (String name : whole.keySet()) {
            byte[] flipped = copyOf(name);
            flipped[JournalFile.HEADER_BYTES + JournalFrame.HEADER_BYTES] ^= 1;

            Replayed replayed = replay(with(name, flipped));

            int expected = everything.size() - (name.equals("klamm.journal.0") ? 0 : 1);
            assertThat(replayed.texts).as(name).hasSize(expected);
            assertThat(replayed.losses).as(name).hasSize(everything.size() - expected);
        }
        assertThat(newest).isEqualTo("klamm.journal.2");
    }

    @Test
    void whatIsReportedOnceIsNotTakenForGoodLater() throws Exception {
        byte[] flipped = copyOf("klamm.journal.1");
        flipped[JournalFile.HEADER_BYTES + JournalFrame.HEADER_BYTES] ^= 1;
        Storage storage = diskWith(with("klamm.journal.1", flipped));
        Replayed first = replay(storage);

        append(open(storage), 1, 20);
        Replayed second = replay(storage);

        assertThat(second.losses).isEqualTo(first.losses).hasSize(1);
        assertThat(second.texts).hasSize(first.texts.size() + 1).containsAll(first.texts);
    }

    @Test
    void recordsThatLookLikeAFrameAreNotTakenForOne() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Storage storage = disk.boot();
        storage.createDirectories(DIRECTORY);
        Journal journal = open(storage);
        append(journal, 1, 20);
        // A frame as it stood in this very file, as far as somebody from outside can know: with any salt but this
        // file's.
        byte[] file = copyOf("klamm.journal.0");
        ByteBuffer forged = ByteBuffer.wrap(file, JournalFile.HEADER_BYTES, 900).slice();
        forged.putLong(8, 2).putLong(16, 2);
        journal.awaitSynced(journal.append(new OneLog(), JournalFrame.KIND_BATCHES, forged, 0, true));
        disk.kill();
        storage = disk.boot();
        byte[] contents = contents(storage, "klamm.journal.0");
        int secondFrame = JournalFile.HEADER_BYTES + 40 + 28 + "0 ".length() + 20;
        contents[secondFrame + 4] ^= 1;

        Replayed replayed = replay(Map.of("klamm.journal.0", contents));

        assertThat(replayed.texts).hasSize(1);
        assertThat(replayed.losses).isEmpty();
    }

    @Test
    void aJournalOfAnotherVersionIsRefusedAndLeftAlone() throws Exception {
        byte[] other = copyOf("klamm.journal.0");
        other[11] = 3;
        other[4096 + 11] = 3;
        Storage storage = diskWith(with("klamm.journal.0", other));

        assertThatThrownBy(() -> JournalReplay.read(storage, DIRECTORY))
                .isInstanceOf(JournalHeader.UnknownFormatException.class)
                .hasMessageStartingWith("/data/klamm.journal.0 has format version 3, and this Klamm knows version 2");

        assertThat(storage.list(DIRECTORY)).containsExactlyElementsOf(whole.keySet());
    }

    @Test
    void aFileWithoutAHeaderIsSetAside() throws Exception {
        byte[] headless = copyOf("klamm.journal.1");
        Arrays.fill(headless, 0, JournalFile.HEADER_BYTES, (byte) 0);
        Storage storage = diskWith(with("klamm.journal.1", headless));

        replay(storage);

        assertThat(contents(storage, "klamm.journal.1.damaged")).isEqualTo(headless);
    }
}
