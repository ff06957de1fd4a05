package dev.klamm.cli;

import dev.klamm.log.StoredJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * Shows a file of the journal: its frames, and their entries.
 *
 * @param topics names by topic id, as far as they are known
 */
record JournalDump(Console console, DumpRange range, boolean isJson, Map<Uuid, String> topics) {

    void print(Path file) throws IOException {
        try (StoredJournal journal = StoredJournal.open(file)) {
            var table = new LongTable(console, "LSN", "PARTITION", "KIND", "OFFSETS", "SIZE", "POSITION");
            say(table, beginning(journal));
            for (StoredJournal.Frame frame = journal.next(); frame != null; frame = journal.next()) {
                print(frame, table);
                if (range.isOver() || console.outIsClosed()) {
                    break;
                }
            }
            if (!range.isOver() && journal.isInUse()) {
                say(
                        table,
                        "The good frames end at byte %d of %d, with lsn %d to come."
                                .formatted(journal.position(), journal.sizeBytes(), journal.endLsn()));
            }
            if (!isJson) {
                table.end();
            }
        }
    }

    private void say(LongTable table, String text) {
        if (!isJson) {
            table.line(text);
        }
    }

    private static String beginning(StoredJournal journal) {
        return journal.isInUse()
                ? "%s: begins with lsn %d; what is below lsn %d is in segments"
                        .formatted(journal.path(), journal.startLsn(), journal.checkpointLsn())
                : "%s: not in use yet".formatted(journal.path());
    }

    private void print(StoredJournal.Frame frame, LongTable table) {
        long lastLsn = frame.firstLsn() + frame.entries().size() - 1;
        if (!range.admits(lastLsn)) {
            return;
        }
        if (isJson) {
            Json.printLine(console.out(), json(frame));
        } else {
            table.line("-- frame at %d: %d bytes, synced below lsn %d, in segments below lsn %d"
                    .formatted(frame.position(), frame.sizeBytes(), frame.syncedLsn(), frame.checkpointLsn()));
        }
        for (StoredJournal.Entry entry : frame.entries()) {
            if (range.admits(entry.lsn())) {
                range.count();
                print(entry, table);
            }
        }
    }

    private void print(StoredJournal.Entry entry, LongTable table) {
        if (isJson) {
            Json.printLine(console.out(), json(entry));
            return;
        }
        String offsets = switch (entry.kind()) {
            case BATCHES -> BatchDump.span(entry.firstOffset(), entry.endOffset() - 1);
            case LOG_START -> String.valueOf(entry.firstOffset());
            case MARK, UNKNOWN -> "-";
        };
        table.row(entry.lsn(), partition(entry), kind(entry), offsets, entry.sizeBytes(), entry.position());
    }

    private String partition(StoredJournal.Entry entry) {
        if (entry.kind() == StoredJournal.Kind.MARK) {
            return "-";
        }
        return topics.getOrDefault(entry.topicId(), "topic id " + entry.topicId()) + "-" + entry.partition();
    }

    private static String kind(StoredJournal.Entry entry) {
        return switch (entry.kind()) {
            case BATCHES -> "batches";
            case LOG_START -> "log start";
            case MARK -> "mark";
            case UNKNOWN -> "unknown";
        };
    }

    private static Object json(StoredJournal.Frame frame) {
        return Json.object(
                "frame", frame.position(),
                "sizeBytes", frame.sizeBytes(),
                "firstLsn", frame.firstLsn(),
                "syncedLsn", frame.syncedLsn(),
                "checkpointLsn", frame.checkpointLsn(),
                "entryCount", frame.entries().size());
    }

    private Object json(StoredJournal.Entry entry) {
        return Json.object(
                "lsn", entry.lsn(),
                "topic", topics.get(entry.topicId()),
                "topicId", entry.topicId(),
                "partition", entry.partition(),
                "kind", kind(entry),
                "firstOffset", entry.firstOffset(),
                "endOffset", entry.endOffset(),
                "sizeBytes", entry.sizeBytes(),
                "position", entry.position());
    }
}
