package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klamm;
import static dev.klamm.cli.CommandLineRun.klammAt;
import static dev.klamm.cli.CommandLineRun.klammReading;
import static dev.klamm.cli.CommandLineRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import dev.klamm.log.StoredJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A directory of a real broker, damaged by hand: the doctor finds just that. */
class DoctorTest {
    private static final String SEGMENT = "rides-0/00000000000000000000.log";
    private static final String LOST = "; put a copy of the file in its place, or read on from offset ";

    private static final int RECORDS = 200;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("offsets.topic.num.partitions", "1");

    /** Two hundred batches of one record, in three segments, and a group. */
    @BeforeEach
    void produce() {
        klammAt(
                broker.bootstrap(),
                words("topic create rides --set segment.bytes=1048576 --set index.interval.bytes=0"));
        String lines = IntStream.range(0, RECORDS)
                .mapToObj(i -> "ride %d ".formatted(i) + "x".repeat(12_000) + "\n")
                .collect(Collectors.joining());
        klammReading(lines, with(broker.bootstrap(), "produce", "rides"));
        klammAt(broker.bootstrap(), words("consume rides -g readers --max 1"));
    }

    private static String[] words(String line) {
        return line.split(" ", -1);
    }

    private CommandLineRun doctor(String... options) {
        List<String> words =
                new ArrayList<>(List.of("doctor", broker.dataDirectory().toString()));
        words.addAll(Arrays.asList(options));
        return klamm(words.toArray(String[]::new));
    }

    private Path file(String name) {
        return broker.dataDirectory().resolve(name);
    }

    private void flip(String name, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file(name));
        bytes[at] ^= 0x40;
        Files.write(file(name), bytes);
    }

    private void cut(String name, long size) throws IOException {
        Files.write(file(name), Arrays.copyOf(Files.readAllBytes(file(name)), (int) size));
    }

    /** The base offsets of the segments of the topic. */
    private List<Long> segments() throws IOException {
        try (Stream<Path> files = Files.list(file("rides-0"))) {
            return files.map(it -> it.getFileName().toString())
                    .filter(it -> it.endsWith(".log"))
                    .map(it -> Long.parseLong(it.substring(0, 20)))
                    .sorted()
                    .toList();
        }
    }

    private void findsOneDamage(String line) {
        CommandLineRun run = doctor();
        assertThat(run.out()).hasSize(2).first().isEqualTo("DAMAGE  " + line);
        assertThat(run.out().getLast()).startsWith("Damaged: ");
        assertThat(run.status()).isEqualTo(1);
    }

    private void findsOneNote(String line) {
        CommandLineRun run = doctor();
        assertThat(run.out()).hasSize(2).first().isEqualTo("note    " + line);
        assertThat(run.out().getLast()).startsWith("Sound: ");
        assertThat(run.status()).isZero();
    }

    @Test
    void aDirectoryAfterACleanStopIsSound() throws IOException {
        broker.stop();

        CommandLineRun run = doctor();

        assertThat(run.out())
                .singleElement()
                .asString()
                .matches("Sound: 3 partitions, \\d+ segments, \\d+ batches, .*");
        assertThat(run.status()).isZero();
    }

    @Test
    void aDirectoryAfterAKillIsSoundAndTheJournalIsNamed() throws IOException {
        broker.kill();

        CommandLineRun run = doctor();

        assertThat(run.out())
                .hasSize(2)
                .first()
                .asString()
                .matches("note    [.]kafka_cleanshutdown is missing: the last stop was not clean;"
                        + " the next start takes \\d+ entries from the journal[.]");
        assertThat(run.status()).isZero();
    }

    @Test
    void theDirectoryOfARunningBrokerIsOnlyCheckedWhenThatIsSaid() {
        assertThat(doctor().status()).isEqualTo(2);
        assertThat(doctor().err()).singleElement().asString().startsWith("A broker works in ");
        assertThat(doctor("--live").status()).isZero();
    }

    @Test
    void aFlippedBitInARecordIsDamageOfItsBatch() throws IOException {
        broker.stop();
        flip(SEGMENT, 100);

        long end = batchEnd();
        findsOneDamage(
                "rides-0 offsets 0: " + SEGMENT + " bytes 0 to " + (end - 1) + ": the CRC is wrong" + LOST + "1.");
    }

    /** Where the first batch ends. */
    private long batchEnd() throws IOException {
        byte[] bytes = Files.readAllBytes(file(SEGMENT));
        return 12L + java.nio.ByteBuffer.wrap(bytes).getInt(8);
    }

    @Test
    void aFlippedBitInALengthIsDamageUpToTheNextGoodBatch() throws IOException {
        broker.stop();
        long end = batchEnd();
        flip(SEGMENT, 8);

        findsOneDamage("rides-0 offsets 0: " + SEGMENT + " bytes 0 to " + (end - 1) + ": the length is "
                + (0x40000000 + end - 12) + LOST + "1.");
    }

    @Test
    void aSegmentThatWasCutLacksItsLastOffsets() throws IOException {
        broker.stop();
        long next = segments().get(1);
        long size = Files.size(file(SEGMENT));
        cut(SEGMENT, batchEnd() + 7);

        findsOneDamage("rides-0 offsets 1-" + (next - 1) + ": " + SEGMENT + " bytes " + batchEnd() + " to "
                + (batchEnd() + 6) + ": 7 bytes are no batch" + LOST + next + ".");
        assertThat(size).isGreaterThan(batchEnd() + 7);
    }

    @Test
    void aSegmentThatWasCutBetweenBatchesLacksItsLastOffsets() throws IOException {
        broker.stop();
        long next = segments().get(1);
        cut(SEGMENT, batchEnd());

        assertThat(doctor().out())
                .anyMatch(line -> line.contains("DAMAGE  rides-0 offsets 1-" + (next - 1) + ": ")
                        && line.contains("no segment has these offsets"));
    }

    @Test
    void aSegmentThatIsGoneLacksItsOffsets() throws IOException {
        broker.stop();
        List<Long> segments = segments();
        Files.delete(file("rides-0/%020d.log".formatted(segments.get(1))));

        assertThat(doctor().out())
                .anyMatch(line ->
                        line.startsWith("DAMAGE  rides-0 offsets %d-%d: rides-0/%020d.log no segment has these offsets"
                                .formatted(segments.get(1), segments.get(2) - 1, segments.get(2))));
    }

    @Test
    void theLastSegmentThatWasCutLacksWhatWasSyncedOnce() throws IOException {
        broker.stop();
        long last = segments().getLast();
        String segment = "rides-0/%020d.log".formatted(last);
        cut(segment, 0);

        CommandLineRun run = doctor();

        assertThat(run.out())
                .filteredOn(line -> line.startsWith("DAMAGE"))
                .containsExactly("DAMAGE  rides-0 offsets " + last + "-199: " + segment
                        + " these records were on disk, and no segment has them" + LOST + "200.");
    }

    @Test
    void aPartitionThatIsGoneIsMissed() throws IOException {
        broker.stop();
        Files.move(file("rides-0"), Files.createTempDirectory("klamm-doctor-").resolve("rides-0"));

        findsOneDamage(
                "rides-0 offsets 0-199: rides-0 the partition's directory is missing; put a copy of it in its place.");
    }

    @Test
    void aFlippedBitInTheJournalIsDamageIfItWasSynced() throws IOException {
        broker.kill();
        Path journal = newestJournal();
        StoredJournal.Frame frame = lastFrameButOne(journal);
        flip(journal.getFileName().toString(), (int) frame.position() + 50);

        CommandLineRun run = doctor();

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .anyMatch(line -> line.startsWith(
                        "DAMAGE  %s is damaged at bytes %d to %d: entries %d to %d, which were on disk, are lost; keep a copy"
                                .formatted(
                                        journal.getFileName(),
                                        frame.position(),
                                        frame.position() + frame.sizeBytes() - 1,
                                        frame.firstLsn(),
                                        frame.firstLsn() + frame.entries().size() - 1)));
    }

    private Path newestJournal() throws IOException {
        Path newest = broker.dataDirectory();
        long startLsn = -1;
        for (Path file : StoredJournal.files(broker.dataDirectory())) {
            try (StoredJournal journal = StoredJournal.open(file)) {
                if (journal.isInUse() && journal.startLsn() > startLsn) {
                    newest = file;
                    startLsn = journal.startLsn();
                }
            }
        }
        return newest;
    }

    /** The last one says that it was synced. */
    private static StoredJournal.Frame lastFrameButOne(Path file) throws IOException {
        List<StoredJournal.Frame> frames = new ArrayList<>();
        try (StoredJournal journal = StoredJournal.open(file)) {
            for (StoredJournal.Frame frame = journal.next(); frame != null; frame = journal.next()) {
                frames.add(frame);
            }
        }
        return frames.get(frames.size() - 2);
    }

    @Test
    void aMissingIndexIsANote() throws IOException {
        broker.stop();
        Files.delete(file(SEGMENT.replace(".log", ".index")));

        findsOneNote("rides-0/00000000000000000000.index is missing; will be rebuilt.");
    }

    @Test
    void anIndexThatLeadsToTheWrongPlaceIsANote() throws IOException {
        broker.stop();
        flip(SEGMENT.replace(".log", ".index"), 7);

        assertThat(doctor().status()).isZero();
        assertThat(doctor().out().getFirst())
                .matches("note    rides-0/0{20}[.]index has an entry for offset 1 that leads to byte \\d+, where it is"
                        + " not; will be rebuilt[.]");
    }

    @Test
    void aTimeIndexWithAWrongTimeIsANote() throws IOException {
        broker.stop();
        flip(SEGMENT.replace(".log", ".timeindex"), 5);

        assertThat(doctor().status()).isZero();
        assertThat(doctor().out().getFirst())
                .matches("note    rides-0/0{20}[.]timeindex has a timestamp for offset \\d+ that the batches do not"
                        + " have; will be rebuilt[.]");
    }

    @Test
    void garbledSmallFilesAreNotes() throws IOException {
        broker.stop();
        flip("rides-0/00000000000000000200.snapshot", 12);
        flip("rides-0/leader-epoch-checkpoint", 0);
        flip("log-start-offset-checkpoint", 0);
        flip("rides-0/partition.metadata", 3);
        Files.writeString(file("rides-0/00000000000000000000.log.deleted"), "");

        CommandLineRun run = doctor();

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .hasSize(6)
                .contains(
                        "note    log-start-offset-checkpoint is no checkpoint any more; will be rebuilt.",
                        "note    rides-0/00000000000000000200.snapshot its checksum is wrong; will be rebuilt.",
                        "note    rides-0/00000000000000000000.log.deleted is left over; on its way out;"
                                + " the next start removes it.",
                        "note    rides-0/partition.metadata holds no topic id; the directory is taken for that of the"
                                + " topic rides there is now.");
    }

    @Test
    void aDirectoryOfADeletedTopicIsANote() throws IOException {
        broker.stop();
        String id = Files.readString(file("__consumer_offsets-0/partition.metadata"));
        Files.writeString(file("rides-0/partition.metadata"), id);

        assertThat(doctor().out().getFirst())
                .matches("note    rides-0/partition.metadata topic id \\S+ is not that of"
                        + " topic rides; what a deletion left; it goes when the partition is first used[.]");
    }

    @Test
    void whatIsNoDataDirectoryIsNotChecked() {
        assertThat(klamm("doctor", "/nowhere").status()).isEqualTo(2);
        assertThat(klamm("doctor", System.getProperty("user.dir")).err())
                .singleElement()
                .asString()
                .endsWith(" is no data directory: it has no meta.properties, and no partitions.");
    }

    @Test
    void programsGetAnObject() throws IOException {
        broker.stop();
        flip(SEGMENT, 100);

        assertThat(String.join("", doctor("-o", "json").out()))
                .contains("\"isSound\" : false", "\"partition\" : \"rides-0\"", "\"lastOffset\" : 0,");
    }
}
