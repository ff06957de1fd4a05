package dev.klamm.cli;

import dev.klamm.log.LogId;
import dev.klamm.log.SideFiles;
import dev.klamm.log.StoredBatches;
import dev.klamm.log.StoredJournal;
import dev.klamm.log.StoredLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm log dump}: files of a data directory, or a partition from end to end. */
@Command(
        name = "dump",
        description = "Show what is in a file of a data directory, or in a partition.",
        sortOptions = false,
        footer = {
            "",
            "A file is a segment (.log), an index (.index, .timeindex, .txnindex), a snapshot of producers"
                    + " (.snapshot), a checkpoint, a KRaft snapshot (.checkpoint) or a file of the journal"
                    + " (klamm.journal.N); those of Apache Kafka are the same. A partition is shown in the order of its"
                    + " offsets: its segments, then what is only in the journal yet.",
            "",
            "Nothing is changed, and the broker may be running. The exit status is 1 if something shown is damaged.",
            "",
            "Examples:",
            "  klamm log dump rides-0",
            "  klamm log dump rides-0 --dir /var/lib/klamm --records --offset 1200 --max 5",
            "  klamm log dump klamm-data/rides-0/00000000000000000000.index",
            "  klamm log dump klamm-data/klamm.journal.1",
            "  klamm log dump __consumer_offsets-0 --records -o json | jq .value"
        })
final class LogDump implements Callable<Integer> {
    private static final Pattern PARTITION = Pattern.compile("(.+)-(\\d{1,9})");
    private static final Pattern BATCHES =
            Pattern.compile("\\d{20}[.]log([.].*)?|(\\d{20}-\\d{10}|bootstrap)[.]checkpoint([.].*)?");

    private final Console console;

    @Parameters(paramLabel = "FILE|TOPIC-PARTITION", description = "What to show.")
    private String target = "";

    @Option(
            names = {"-d", "--dir"},
            paramLabel = "DATA_DIR",
            description = "Where TOPIC-PARTITION is (default: ./klamm-data, as klamm up's).")
    private Path directory = Path.of("klamm-data");

    @Option(
            names = {"-r", "--records"},
            description = "Show the records, too.")
    private boolean records;

    @Option(names = "--full", description = "Show all of long keys and values.")
    private boolean full;

    @Mixin
    private DumpRange range = new DumpRange();

    @Mixin
    private OutputFormat format = new OutputFormat();

    LogDump(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Path file = Path.of(target);
        long damaged;
        if (Files.isRegularFile(file)) {
            damaged = dumpFile(file);
        } else {
            damaged = Files.isDirectory(file)
                    ? dumpPartition(parent(file), name(file))
                    : dumpPartition(directory, target);
        }
        if (damaged > 0) {
            console.out().flush();
            console.err().println(Amount.of(damaged, "damaged piece") + ". Look for more with: klamm doctor");
        }
        return damaged == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private long dumpFile(Path file) throws IOException {
        if (BATCHES.matcher(name(file)).matches()) {
            Matcher partition = PARTITION.matcher(name(parent(file)));
            return dumpBatches(file, partition.matches() ? partition.group(1) : "");
        }
        if (StoredJournal.isName(name(file))) {
            new JournalDump(console, range, format.isJson(), topicNames(parent(file))).print(file);
        } else if (!new SideFileDump(console, format.isJson(), range).print(file)) {
            throw new Failure(file + " is none of the files that this can show; which these are, says: "
                    + "klamm log dump --help");
        }
        return 0;
    }

    private long dumpBatches(Path file, String topic) throws IOException {
        PieceDump dump = pieceDump(topic);
        try (StoredBatches batches = StoredBatches.open(file)) {
            for (StoredBatches.Piece piece = batches.next(); piece != null; piece = batches.next()) {
                dump.add(file, OptionalLong.empty(), piece);
                if (dump.isOver()) {
                    break;
                }
            }
        }
        return dump.end();
    }

    private long dumpPartition(Path root, String name) throws IOException {
        LogId id = find(root, name);
        PieceDump dump = pieceDump(id.topic());
        try (StoredLog log = StoredLog.open(root, id, range.from())) {
            for (StoredLog.Located found = log.next(); found != null; found = log.next()) {
                dump.add(found.file(), found.lsn(), found.piece());
                if (dump.isOver()) {
                    break;
                }
            }
        }
        return dump.end();
    }

    private PieceDump pieceDump(String topic) {
        return records
                ? new RecordDump(console, range, format.isJson(), full, topic)
                : new BatchDump(console, range, format.isJson());
    }

    private LogId find(Path root, String name) throws IOException {
        Matcher partition = PARTITION.matcher(name);
        if (!partition.matches()) {
            throw new Failure("There is no file " + target + ", and a partition is named like rides-0.");
        }
        if (!Files.isDirectory(root)) {
            throw new Failure("There is no data directory " + root + ": name it with --dir.");
        }
        String topic = partition.group(1);
        int number = Integer.parseInt(partition.group(2));
        Optional<Uuid> id = SideFiles.topicId(root.resolve(name));
        if (id.isEmpty()) {
            // A new topic's first records are in the journal alone, and it has no directory yet.
            id = topicIdOf(root, topic, number);
        }
        return new LogId(
                id.orElseThrow(() -> new Failure("There is no partition " + name + " in " + root + ".")),
                topic,
                number);
    }

    private static Optional<Uuid> topicIdOf(Path root, String topic, int partition) throws IOException {
        return MetadataTopics.read(root).byId().entrySet().stream()
                .filter(it -> it.getValue().name().equals(topic)
                        && partition < it.getValue().partitionCount())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static Map<Uuid, String> topicNames(Path root) throws IOException {
        return MetadataTopics.read(root).names();
    }

    private static Path parent(Path file) {
        Path parent = file.toAbsolutePath().normalize().getParent();
        return parent == null ? file : parent;
    }

    private static String name(Path file) {
        return file.toAbsolutePath().normalize().getFileName().toString();
    }
}
