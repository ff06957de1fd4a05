package dev.klamm.cli;

import dev.klamm.log.DirectoryCheck;
import dev.klamm.log.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm doctor}: whether all that is in a data directory is as it was written. */
@Command(
        name = "doctor",
        description = "Check a data directory: every record batch, the journal, every small file.",
        sortOptions = false,
        footer = {
            "",
            "Damage is where records are lost or can't be read; what the next start makes good by itself is a note. "
                    + "Nothing is changed. It checks directories of Apache Kafka as well.",
            "",
            "Exit status: 0 it is sound, 1 it is damaged, 2 it could not be checked. With --live, the broker goes on "
                    + "working, and what is on disk for good is checked; what it has found itself is shown, too.",
            "",
            "Examples:",
            "  klamm doctor klamm-data",
            "  klamm doctor --live /var/lib/klamm",
            "  klamm doctor klamm-data -o json | jq -r '.findings[].file'"
        })
final class DoctorCommand implements Callable<Integer> {

    private final Console console;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "The data directory (default: ./klamm-data, as klamm up's).")
    private Path directory = Path.of("klamm-data");

    @Option(names = "--live", description = "Check it while its broker runs.")
    private boolean live;

    @Mixin
    private OutputFormat format = new OutputFormat();

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try {
            long start = System.nanoTime();
            refuseWhatIsNone();
            DirectoryCheck.Report report = check();
            List<Finding> findings = new ArrayList<>(new MetaFile(directory).check());
            findings.addAll(report.findings());
            boolean isSound = findings.stream().noneMatch(Finding::isDamage);
            print(findings, report, isSound, (System.nanoTime() - start) / 1_000_000);
            return isSound ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (IOException e) {
            throw Failure.ofUse(
                    directory + " could not be checked: " + Diagnosis.of(e).sentence());
        }
    }

    private void refuseWhatIsNone() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw Failure.ofUse("There is no data directory " + directory + ".");
        }
        if (!Files.exists(directory.resolve("meta.properties")) && DirectoryCheck.partitionCount(directory) == 0) {
            throw Failure.ofUse(directory + " is no data directory: it has no meta.properties, and no partitions.");
        }
        if (!live && DirectoryCheck.isInUse(directory)) {
            throw Failure.ofUse("A broker works in " + directory
                    + ". Stop it, or check what does not change any more: klamm doctor --live " + directory);
        }
    }

    private DirectoryCheck.Report check() throws IOException {
        MetadataTopics topics = MetadataTopics.read(directory);
        var progress = new ByteProgress(console, DirectoryCheck.sizeBytes(directory));
        var known = new DirectoryCheck.Topics(topics.names(), topics.compacted());
        DirectoryCheck.Report report = DirectoryCheck.run(directory, known, live, progress::add);
        progress.end();
        return report;
    }

    private void print(List<Finding> findings, DirectoryCheck.Report report, boolean isSound, long millis) {
        if (format.isJson()) {
            Json.print(console.out(), json(findings, report, isSound, millis));
            return;
        }
        findings.forEach(it -> console.out().println(line(it)));
        console.out().println((isSound ? "Sound: " : "Damaged: ") + summary(report, millis));
    }

    private static String line(Finding finding) {
        String offsets = !finding.concernsRecords()
                ? ""
                : finding.partition() + " offsets " + BatchDump.span(finding.firstOffset(), finding.lastOffset())
                        + ": ";
        return (finding.isDamage() ? "DAMAGE  " : "note    ") + offsets + finding.file() + " " + finding.what() + "; "
                + finding.advice() + ".";
    }

    private static String summary(DirectoryCheck.Report report, long millis) {
        return "%s, %s, %s, %s in %s."
                .formatted(
                        Amount.of(report.partitions(), "partition"),
                        Amount.of(report.segments(), "segment"),
                        report.batches() == 1 ? "1 batch" : Amount.count(report.batches()) + " batches",
                        Amount.bytes(report.sizeBytes()),
                        Amount.time(millis));
    }

    private static Object json(List<Finding> findings, DirectoryCheck.Report report, boolean isSound, long millis) {
        return Json.object(
                "isSound", isSound,
                "partitions", report.partitions(),
                "segments", report.segments(),
                "batches", report.batches(),
                "sizeBytes", report.sizeBytes(),
                "millis", millis,
                "findings", findings.stream().map(DoctorCommand::json).toList());
    }

    private static Object json(Finding it) {
        return Json.object(
                "kind", it.kind().name().toLowerCase(Locale.ROOT),
                "partition", it.partition(),
                "firstOffset", it.concernsRecords() ? it.firstOffset() : null,
                "lastOffset", it.concernsRecords() ? it.lastOffset() : null,
                "file", it.file(),
                "what", it.what(),
                "advice", it.advice());
    }
}
